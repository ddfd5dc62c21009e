"""What the console is told of alerts: how each rule stands, and at once how many fire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import RuleBook, load_rules, records
from spanhouse_dashboards.alerts.rounds import segment_of
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.alerts.states import State as Standing
from spanhouse_server.alert_states import alert_states, alerts_firing


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.db'}")
    state.create_tables()
    yield state
    state.close()


@pytest.fixture
def book() -> RuleBook:
    book = load_rules()
    return replace(book, rules=book.rules[:2])


def stands(state: State, rule: str, *, project: str = "shop", **segments: Standing) -> None:
    """The rule's segments, by model, are in these states."""
    found = {segment_of({"model": model}): Instance(state=standing) for model, standing in segments.items()}
    with state.transaction() as connection:
        records.replace_instances(connection, project=project, rule=rule, found=found)


def test_as_many_fire_as_are_shown_to_fire(state: State, book: RuleBook) -> None:
    first, second = (rule.id for rule in book.rules)
    assert alerts_firing(state, book, project="shop") == 0
    stands(state, first, small="firing", large="firing", other="pending")
    stands(state, second, small="firing", large="resolved")
    stands(state, second, project="theirs", small="firing")
    stands(state, "no-longer-a-rule", small="firing")
    shown = [one.rule for one in alert_states(state, book, project="shop") if one.state == "firing"]
    assert shown == [first, first, second]
    assert alerts_firing(state, book, project="shop") == 3


def test_how_many_fire_is_one_statement_whatever_the_number_of_rules(state: State) -> None:
    book = load_rules()
    assert len(book.rules) > 5
    asked: list[str] = []
    event.listen(state.engine, "before_cursor_execute", lambda _connection, _cursor, text, *_more: asked.append(text))
    alerts_firing(state, book, project="shop")
    assert len(asked) == 1, asked
