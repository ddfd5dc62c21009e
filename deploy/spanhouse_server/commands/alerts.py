"""`spanhouse alerts`: lists the alert rules, checks a file of them, runs one over history, shows and hushes what fires."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanhouse_collector.errors import InvalidRequest, InvalidSettings, NotFound
from spanhouse_server import reading
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_collector.storage import State
    from spanhouse_dashboards.alerts.model import Rule, RuleBook

Action = Callable[..., Any]
Command = Callable[[Settings, Mapping[str, Any]], int]

# The settings of what works on the state database.
_KEPT = ("data", "state", "rules")
# What a message needs: whom it goes to, and where its links lead.
_TOLD = ("rules", "alert_webhook", "public_url", "http_port")
# What a rule is tested over at most.
_LONGEST_H = 8_784


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("alerts", help="list and check alert rules", description="Alert rules and how they stand.")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")

    def action(name: str, command: Command, *, reads: Sequence[str], **words: str) -> Any:
        found = actions.add_parser(name, **words)
        found.set_defaults(command=command)
        add_settings(found, reads)
        return found

    _add_rules(actions, action)
    _add_hushing(action)


def _add_rules(actions: Any, action: Action) -> None:
    action("rules", _rules, reads=("rules", "alert_webhook"), help="list the rules that are evaluated")
    check = actions.add_parser("check", help="say what is wrong with a file of rules, if anything is")
    check.add_argument("file", type=Path, help="YAML file")
    check.set_defaults(command=_check)
    _add_project(action("state", _state, reads=_KEPT, help="show the rules that are pending or firing"))
    test = action(
        "test",
        _test,
        reads=(*reading.SETTINGS, "rules"),
        help="run a rule over history and print when it would have fired",
    )
    test.add_argument("rule", help="the rule's id, as `rules` shows it")
    _add_project(test)
    reading.add_key(test)
    test.add_argument("--hours", type=float, default=24, help="hours of history up to now (default: %(default)s)")
    test.add_argument("--step-s", type=int, default=60, help="seconds between two evaluations (default: %(default)s)")
    tell = action("send-test", _send_test, reads=_TOLD, help="send a made-up alert to a contact")
    tell.add_argument("contact", help="the contact's name")


def _add_hushing(action: Action) -> None:
    acknowledge = action("ack", _acknowledge, reads=_KEPT, help="say that you look after what fires, so that nobody is reminded")
    acknowledge.add_argument("rule", help="the rule's id")
    _add_project(acknowledge)
    _add_segment(acknowledge)
    acknowledge.add_argument("--by", default="", help="your name (default: who you are on this machine)")
    acknowledge.add_argument("--note", default="", help="what the others should know")
    silence = action("silence", _silence, reads=_KEPT, help="tell nobody of a rule's alerts for some time")
    silence.add_argument("rule", nargs="?", default="", help="the rule's id; without one, every rule")
    _add_project(silence)
    _add_segment(silence)
    silence.add_argument("--for", dest="length", required=True, help="how long from now on, such as 30m, 2h or 1d")
    silence.add_argument("--reason", required=True, help="why, for whoever finds it")
    _add_project(action("silences", _silences, reads=_KEPT, help="list the silences that have not ended"))
    unsilence = action("unsilence", _unsilence, reads=_KEPT, help="end a silence now")
    unsilence.add_argument("id", type=int, help="the silence's number, as `silences` shows it")
    _add_project(unsilence)


def _add_project(parser: Any) -> None:
    parser.add_argument("--project", default="default", help="project (default: %(default)s)")


def _add_segment(parser: Any) -> None:
    parser.add_argument(
        "--segment", action="append", default=[], metavar="LABEL=VALUE", help="only where the label has this value; repeatable"
    )


def _rules(settings: Settings, _options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.words import length, quantity

    for rule in _book(settings).rules:
        held = f" for {length(rule.for_s)}" if rule.for_s else ""
        limit = f"{rule.comparison} {quantity(rule.threshold, rule.unit)}{held}, over {length(rule.window_s)}"
        print(f"{rule.id:<20} {rule.kind:<12} {limit}: {rule.title}")
    return 0


def _check(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts.channels import is_usable
    from spanhouse_dashboards.alerts.load import load_rules

    book = load_rules(options["file"])
    # Not with every start of the service: the library that knows the addresses is loaded when something is sent.
    if unusable := [contact.name for contact in book.contacts if not is_usable(contact)]:
        problem = "apprise knows no service for that address; write it as https://appriseit.com/services/ says"
        raise InvalidSettings(f"{options['file']}: contact {unusable[0]!r}: {problem}")
    found = f"{_counted(len(book.rules), 'rule')} and {_counted(len(book.contacts), 'contact')}"
    print(f"{options['file']}: {found}, nothing wrong")
    return 0


def _test(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts.message import sentence
    from spanhouse_dashboards.alerts.replay import replay, whole_minutes
    from spanhouse_dashboards.panels import TimeRange

    rule = _rule(settings, options["rule"])
    if not 0 < options["hours"] <= _LONGEST_H:
        raise InvalidSettings(f"--hours is {options['hours']:g}; give more than 0 and at most {_LONGEST_H:,} (a year)")
    if options["step_s"] < 1:
        raise InvalidSettings(f"--step-s is {options['step_s']}; give at least 1, the seconds between two evaluations")
    now = datetime.now(UTC)
    history = whole_minutes(TimeRange(start=now - timedelta(hours=options["hours"]), end=now))
    changes = 0
    with closing(reading.open_for_reading(settings, options)) as store:
        for occasion in replay(store, rule, project=options["project"], time_range=history, step_s=options["step_s"]):
            print(f"{occasion.at:%Y-%m-%d %H:%M:%S} {occasion.instance.state:<8} {sentence(occasion)}", flush=True)
            changes += 1
    print(f"{_counted(changes, 'change')} of {rule.id} in {_counted(options['hours'], 'hour')}")
    return 0


def _state(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts import records
    from spanhouse_dashboards.alerts.acknowledgements import acknowledgements
    from spanhouse_dashboards.words import quantity

    state = _opened(settings)
    told = 0
    for rule in _book(settings).rules:
        with state.transaction() as connection:
            found = records.instances(connection, project=options["project"], rule=rule.id)
            seen = acknowledgements(connection, project=options["project"], rule=rule.id)
        for segment, instance in found.items():
            words = ", ".join(f"{name} {value}" for name, value in segment)
            who = f" (acknowledged by {seen[segment].by})" if segment in seen else ""
            value = "no value" if instance.value is None else quantity(instance.value, rule.unit)
            print(f"{instance.state:<8} {rule.id:<20} {value:<12} {words}{who}")
            told += 1
    if not told:
        print("nothing is pending or firing")
    return 0


def _acknowledge(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts.acknowledgements import Acknowledgement, acknowledge

    seen = Acknowledgement(by=options["by"] or getpass.getuser(), note=options["note"], at=datetime.now(UTC))
    wanted = _segment(options["segment"])
    found = acknowledge(_opened(settings), options["rule"], project=options["project"], acknowledgement=seen, segment=wanted)
    end = "it ends" if len(found) == 1 else "they end"
    print(f"{_counted(len(found), 'firing segment')} of {options['rule']} acknowledged; nobody is reminded until {end}")
    return 0


def _silence(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts import Silence, add_silence
    from spanhouse_dashboards.alerts.fields import positive_duration

    if options["rule"]:
        _rule(settings, options["rule"])
    now = datetime.now(UTC)
    silence = Silence(
        project=options["project"],
        rule=options["rule"],
        segment=_segment(options["segment"]),
        starts_at=now,
        ends_at=now + timedelta(seconds=positive_duration("--for", options["length"])),
        reason=options["reason"],
    )
    kept = add_silence(_opened(settings), silence)
    print(f"silence {kept.id} until {kept.ends_at:%Y-%m-%d %H:%M} UTC; `spanhouse alerts unsilence {kept.id}` ends it")
    return 0


def _silences(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts import silences

    found = silences(_opened(settings), options["project"], at=datetime.now(UTC))
    if not found:
        print("nothing is silenced")
    for one in found:
        where = ", ".join(f"{name} {value}" for name, value in one.segment.items()) or "every segment"
        print(f"{one.id:<6} {one.rule or 'every rule'}, {where}, until {one.ends_at:%Y-%m-%d %H:%M} UTC: {one.reason}")
    return 0


def _unsilence(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts import end_silence

    end_silence(_opened(settings), options["id"], project=options["project"], now=datetime.now(UTC))
    print(f"silence {options['id']} has ended")
    return 0


def _send_test(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts.channels import send
    from spanhouse_dashboards.alerts.payload import sample

    book = _book(settings)
    contact = next((one for one in book.contacts if one.name == options["contact"]), None)
    if contact is None:
        raise NotFound(f"there is no contact {options['contact']!r}; add it under contacts in the file of rules")
    console_url = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.http_port}"
    send(contact, sample(datetime.now(UTC), console_url=console_url), picture=lambda: b"", timeout_s=10)
    print(f"{contact.name} took the message")
    return 0


def _book(settings: Settings) -> RuleBook:
    from spanhouse_server.evaluators_role import rule_book

    return rule_book(settings)


def _rule(settings: Settings, rule_id: str) -> Rule:
    rule = next((rule for rule in _book(settings).rules if rule.id == rule_id), None)
    if rule is None:
        raise NotFound(f"there is no rule {rule_id!r}; `spanhouse alerts rules` lists them")
    return rule


def _opened(settings: Settings) -> State:
    from spanhouse_collector.storage import State
    from spanhouse_dashboards import tables as _declared  # noqa: F401 - importing it declares the alerts' tables

    settings.data.mkdir(parents=True, exist_ok=True)
    state = State(settings.state_url)
    state.create_tables()
    return state


def _counted(number: float, name: str) -> str:
    return f"{number:g} {name}{'' if number == 1 else 's'}"


def _segment(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InvalidRequest(f"--segment is {wrong[0]!r}; give a label and its value, such as service=support")
    return {label: value for label, _, value in (pair.partition("=") for pair in pairs)}
