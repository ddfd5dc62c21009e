"""Reads a file of alert rules (`alerts.yaml`) and says in one sentence what is wrong with it. Must not know any store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from spanhouse_collector.errors import InvalidSettings
from spanhouse_dashboards.alerts import fields
from spanhouse_dashboards.alerts.document import read_document
from spanhouse_dashboards.alerts.fields import Reader
from spanhouse_dashboards.alerts.kinds import KINDS, Form, sql_variables
from spanhouse_dashboards.alerts.model import (
    SQL_PACKAGE,
    Channel,
    Comparison,
    Contact,
    Examples,
    KindName,
    NoData,
    Reduce,
    Rule,
    RuleBook,
    rule_sql,
)
from spanhouse_dashboards.alerts.timings import WEEKDAYS, MuteTiming
from spanhouse_dashboards.panels import PANELS
from spanhouse_dashboards.words import UNITS

_TOP = {"interval", "rules", "adjust", "contacts", "mute_timings", "report_to"}
# Parts of a rule that an adjustment changes key by key; everything else it replaces.
_MAPPINGS = ("parameters", "variables", "labels")
_VARIABLE = re.compile(r"\$\{(\w+)(:singlequote)?")


def load_rules(path: Path | None = None) -> RuleBook:
    """The rules of a file, or those that come along. Raises InvalidSettings with one sentence that says where it is wrong."""
    if path is None:
        return parse_rules("{}")
    try:
        return parse_rules(path.read_text(encoding="utf-8"), folder=path.parent)
    except OSError as error:
        raise InvalidSettings(f"the alert rules {str(path)!r} cannot be read: {error.strerror}; name another file") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"{path}: byte {error.start} is no UTF-8; save the file as UTF-8") from error
    except InvalidSettings as error:
        raise InvalidSettings(f"{path}: {error}") from error


def parse_rules(text: str, *, folder: Path = Path()) -> RuleBook:
    """What a YAML text says; see load_rules. Without `rules` it has those that come along, as `adjust` changes them.

    Files of secrets that it names are looked for in `folder`.
    """
    where = "the alert rules"
    found = fields.mapping(where, read_document(text))
    fields.refuse_unknown(where, found, known=_TOP)

    def part(name: str) -> list[Any]:
        return fields.listing(f"{where}: {name}", found.get(name, []))

    written = part("rules") if "rules" in found else _shipped()
    adjusted = _adjusted(written, fields.mapping(f"{where}: adjust", found.get("adjust", {})))
    book = RuleBook(
        interval_s=fields.positive_duration(f"{where}: interval", found.get("interval", "1m")),
        rules=tuple(parse_rule(rule, number) for number, rule in enumerate(adjusted, 1)),
        contacts=tuple(_contact(one, folder) for one in part("contacts")),
        mute_timings=tuple(_mute_timing(one) for one in part("mute_timings")),
        report_to=fields.names(f"{where}: report_to", part("report_to")),
    )
    _check_book(book)
    return book


def _shipped() -> list[Any]:
    """The rules that come along, as they are written."""
    text = files("spanhouse_dashboards.alerts").joinpath("alerts.yaml").read_text(encoding="utf-8")
    rules: list[Any] = read_document(text)["rules"]
    return rules


def _adjusted(documents: list[Any], changes: Mapping[str, Any]) -> list[Any]:
    """The rules with what is said of them by id: other values, or `off`."""
    ids = [one.get("id") for one in documents if isinstance(one, dict)]
    for rule_id, change in changes.items():
        if rule_id not in ids:
            raise InvalidSettings(f"adjust names the rule {rule_id!r}, which is not there; `spanhouse alerts rules` lists them")
        if change is not False and not isinstance(change, dict):
            raise InvalidSettings(f"adjust: {rule_id} is {change!r}; give keys with values, or off")
    found = []
    for one in documents:
        change = changes.get(str(one.get("id"))) if isinstance(one, dict) else None
        if change is not False:
            found.append(_changed(one, change) if change else one)
    return found


def _changed(document: Mapping[str, Any], change: Any) -> dict[str, Any]:
    merged = {name: {**document.get(name, {}), **change[name]} for name in _MAPPINGS if isinstance(change.get(name), dict)}
    return {**document, **change, **merged}


def parse_rule(document: Any, number: int = 1) -> Rule:
    """One rule as it stands in a file, at this place in it (from 1, for messages); see load_rules."""
    found = fields.mapping(f"rule {number}", document)
    where = f"rule {found.get('id', number)!r}"
    fields.refuse_unknown(where, found, known=set(_FIELDS) | {"parameters"})
    fields.require(where, found, needed=_REQUIRED)
    values = {_FIELDS[key][0]: _FIELDS[key][1](f"{where}: {key}", one) for key, one in found.items() if key != "parameters"}
    parameters = _parameters(where, values.get("kind", "threshold"), found.get("parameters", {}))
    rule = Rule(**values, parameters=parameters)
    wrong = KINDS[rule.kind].check(rule)
    if wrong:
        raise InvalidSettings(f"{where}: {wrong}")
    _check_variables(where, rule)
    _check_labels(where, rule)
    return rule


def _parameters(where: str, kind: KindName, document: Any) -> dict[str, float]:
    """A rule's parameters as its kind wants them, durations in seconds."""
    forms = KINDS[kind].parameters
    found = fields.mapping(f"{where}: parameters", document)
    fields.refuse_unknown(f"{where}: parameters", found, known=set(forms))
    fields.require(f"{where} of kind {kind}: parameters", found, needed=set(forms))
    return {name: _FORMS[forms[name]](f"{where}: parameters: {name}", value) for name, value in found.items()}


def _check_variables(where: str, rule: Rule) -> None:
    """The SQL's variables are those that the rule gives: what it lacks would fail at night, what is spare is a slip."""
    wanted = dict(_VARIABLE.findall(rule_sql(rule)))
    given = sql_variables(rule, "")
    lacking = sorted(wanted.keys() - given.keys())
    if lacking:
        raise InvalidSettings(f"{where}: sql {rule.sql!r} needs {lacking[0]!r}; give it under variables, or use another kind")
    spare = sorted(given.keys() - wanted.keys() - {"minimum_sample", "project"})
    if spare:
        raise InvalidSettings(f"{where}: sql {rule.sql!r} takes no {spare[0]!r}; leave it out, or use another sql")
    for name, value in rule.variables.items():
        is_text, needs_text = not isinstance(value, float), bool(wanted[name])
        if is_text != needs_text:
            raise InvalidSettings(f"{where}: variables: {name} is {value!r}; give a {'text' if needs_text else 'number'}")


def _check_labels(where: str, rule: Rule) -> None:
    """Labels to group by are the statement's; a rule's own do not take the place of what every alert has."""
    for name in rule.group_by or ():
        if not re.search(rf"\b{re.escape(name)}\b", rule_sql(rule)):
            raise InvalidSettings(
                f"{where}: group_by names {name!r}, which sql {rule.sql!r} does not give; name one of its labels"
            )
    if "severity" in rule.labels:
        raise InvalidSettings(f"{where}: labels has 'severity'; give it as the rule's own severity")


def _contact(document: Any, folder: Path) -> Contact:
    found = fields.mapping("contact", document)
    where = f"contact {found.get('name', '')!r}"
    channels: tuple[Channel, ...] = get_args(Channel)
    fields.refuse_unknown(where, found, known={"name", *channels, *(f"{channel}_file" for channel in channels)})
    name = fields.identifier(f"{where}: name", found.get("name"))
    ways = sorted(set(found) - {"name"})
    if len(ways) != 1:
        raise InvalidSettings(f"{where} has {len(ways)} addresses; give one, as one of {', '.join(channels)}")
    channel: Channel = next(one for one in channels if ways[0] in (one, f"{one}_file"))
    given = fields.text(f"{where}: {ways[0]}", found[ways[0]])
    address = _secret(where, folder / given) if ways[0].endswith("_file") else given
    if channel == "apprise" and "://" not in address:
        raise InvalidSettings(f"{where}: apprise is no address; give one such as mailto://, slack:// or pagerduty://")
    if channel != "apprise" and not address.startswith(("http://", "https://")):
        raise InvalidSettings(f"{where}: {channel} is no web address; give one that starts with http:// or https://")
    return Contact(name=name, channel=channel, address=address)


def _secret(where: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InvalidSettings(f"{where}: {str(path)!r} cannot be read: {error.strerror}; name another file") from error


def _mute_timing(document: Any) -> MuteTiming:
    found = fields.mapping("mute timing", document)
    where = f"mute timing {found.get('name', '')!r}"
    fields.refuse_unknown(where, found, known={"name", "weekdays", "from", "to", "timezone"})
    day = fields.one_of(WEEKDAYS)
    timing = MuteTiming(
        name=fields.identifier(f"{where}: name", found.get("name")),
        weekdays=tuple(day(f"{where}: weekdays", one) for one in fields.listing(where, found.get("weekdays", list(WEEKDAYS)))),
        start_minute=fields.moment_of_day(f"{where}: from", found.get("from", "00:00")),
        end_minute=fields.moment_of_day(f"{where}: to", found.get("to", "24:00")),
        timezone=fields.text(f"{where}: timezone", found.get("timezone", "UTC")),
    )
    if timing.start_minute >= timing.end_minute:
        raise InvalidSettings(f"{where} ends before it starts; for a night give two timings, up to 24:00 and from 00:00")
    try:
        ZoneInfo(timing.timezone)
    except (KeyError, ValueError, OSError):
        raise InvalidSettings(f"{where}: timezone is {timing.timezone!r}; give one such as Europe/Berlin") from None
    return timing


def _check_book(book: RuleBook) -> None:
    contacts, timings = [one.name for one in book.contacts], [one.name for one in book.mute_timings]
    _refuse_twice("rule", [rule.id for rule in book.rules])
    _refuse_twice("contact", contacts)
    _refuse_twice("mute timing", timings)
    for rule in book.rules:
        if rule.contact and rule.contact not in contacts:
            raise InvalidSettings(f"rule {rule.id!r} tells {rule.contact!r}, who is not among the contacts; add that contact")
        for name in rule.mute:
            if name not in timings:
                raise InvalidSettings(f"rule {rule.id!r} is muted by {name!r}, which is not among mute_timings; add that timing")
    for name in book.report_to:
        if name not in contacts:
            raise InvalidSettings(f"the weekly report goes to {name!r}, who is not among the contacts; add that contact")


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidSettings(f"{what} {name!r} is there twice; rename one")
        seen.add(name)


def _sql(where: str, value: Any) -> str:
    name = fields.text(where, value)
    known = sorted(entry.name.removesuffix(".sql") for entry in files(SQL_PACKAGE).iterdir() if entry.name.endswith(".sql"))
    return str(fields.one_of(tuple(known))(where, name))


_FORMS: Mapping[Form, Reader] = {
    "duration": fields.positive_duration,
    "count": fields.count,
    "share": fields.share,
    "amount": fields.amount,
}
_FIELDS: dict[str, tuple[str, Reader]] = {
    "id": ("id", fields.identifier),
    "title": ("title", fields.text),
    "description": ("description", fields.text),
    "kind": ("kind", fields.one_of(get_args(KindName))),
    "sql": ("sql", _sql),
    "comparison": ("comparison", fields.one_of(get_args(Comparison))),
    "threshold": ("threshold", fields.number),
    "unit": ("unit", fields.one_of(UNITS)),
    "panel": ("panel", fields.one_of(tuple(panel.id for panel in PANELS))),
    "severity": ("severity", fields.one_of(("info", "warning", "critical"))),
    "reduce": ("reduce", fields.one_of(get_args(Reduce))),
    "series": ("is_series", fields.flag),
    "window": ("window_s", fields.positive_duration),
    "delay": ("delay_s", fields.duration),
    "for": ("for_s", fields.duration),
    "keep_firing": ("keep_firing_s", fields.duration),
    "minimum_sample": ("minimum_sample", fields.count),
    "no_data": ("no_data", fields.one_of(get_args(NoData))),
    "contact": ("contact", fields.identifier),
    "mute": ("mute", fields.names),
    "group_by": ("group_by", fields.names),
    "repeat": ("repeat_s", fields.duration),
    "examples": ("examples", fields.one_of(get_args(Examples))),
    "runbook": ("runbook", fields.web_address),
    "labels": ("labels", fields.texts),
    "variables": ("variables", fields.variables),
}
_REQUIRED = {"id", "title", "description", "sql", "comparison", "threshold", "unit", "panel"}
