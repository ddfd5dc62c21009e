"""`spanhouse alerts`: lists the alert rules, checks a file of them, runs one over history, and shows how they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import NotFound
from spanhouse_server.settings import Settings


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser("alerts", help="list and check alert rules", description="Alert rules and how they stand.")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    rules = actions.add_parser("rules", help="list the rules that are evaluated")
    rules.set_defaults(command=_rules)
    check = actions.add_parser("check", help="say what is wrong with a file of rules, if anything is")
    check.add_argument("file", type=Path, help="YAML file")
    check.set_defaults(command=_check)
    state = actions.add_parser("state", help="show the rules that are pending or firing")
    state.add_argument("--project", default="default", help="project (default: %(default)s)")
    state.set_defaults(command=_state)
    test = actions.add_parser("test", help="run a rule over history and print when it would have fired")
    test.add_argument("rule", help="the rule's id, as `rules` shows it")
    test.add_argument("--project", default="default", help="project (default: %(default)s)")
    test.add_argument("--hours", type=float, default=24, help="hours of history up to now (default: %(default)s)")
    test.add_argument("--step-s", type=int, default=60, help="seconds between two evaluations (default: %(default)s)")
    test.set_defaults(command=_test)
    add_settings(test, ("data", "store", "database", "rules"))
    add_settings(rules, ("rules", "alert_webhook"))
    add_settings(state, ("data", "state", "rules"))


def _rules(settings: Settings, _options: Mapping[str, Any]) -> int:
    from spanhouse_server.evaluators_role import rule_book

    for rule in rule_book(settings).rules:
        print(f"{rule.id:<20} {rule.comparison} {rule.threshold:g} for {rule.for_s} s, over {rule.window_s} s: {rule.title}")
    return 0


def _check(_settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_dashboards.alerts.load import load_rules

    book = load_rules(options["file"])
    print(f"{options['file']}: {len(book.rules)} rules and {len(book.contacts)} contacts, nothing wrong")
    return 0


def _test(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_collector.storage import Store
    from spanhouse_dashboards.alerts.message import sentence
    from spanhouse_dashboards.alerts.replay import replay
    from spanhouse_dashboards.panels import TimeRange
    from spanhouse_server.evaluators_role import rule_book

    rule = next((rule for rule in rule_book(settings).rules if rule.id == options["rule"]), None)
    if rule is None:
        raise NotFound(f"there is no rule {options['rule']!r}; `spanhouse alerts rules` lists them")
    now = datetime.now(UTC)
    history = TimeRange(start=now - timedelta(hours=options["hours"]), end=now)
    store = Store(settings.store_url, database=settings.database)
    changes = 0
    for occasion in replay(store, rule, project=options["project"], time_range=history, step_s=options["step_s"]):
        print(f"{occasion.at:%Y-%m-%d %H:%M:%S} {occasion.instance.state:<8} {sentence(occasion)}", flush=True)
        changes += 1
    print(f"{changes} changes of {rule.id} in {options['hours']:g} hours")
    return 0


def _state(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_collector.storage import State
    from spanhouse_dashboards.alerts import records
    from spanhouse_server.evaluators_role import rule_book

    settings.data.mkdir(parents=True, exist_ok=True)
    state = State(settings.state_url)
    state.create_tables()
    for rule in rule_book(settings).rules:
        with state.transaction() as connection:
            found = records.instances(connection, project=options["project"], rule=rule.id)
        for segment, instance in found.items():
            words = ", ".join(f"{name} {value}" for name, value in segment)
            print(f"{instance.state:<8} {rule.id:<20} {instance.value!s:<12} {words}")
    return 0
