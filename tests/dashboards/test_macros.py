"""Macros expand as Grafana's ClickHouse plugin expands them, and values can never become SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.macros import ALL, Binder, Window, expand, fill, literal, statement

_HOUR = Window(from_ms=1_700_000_000_000, to_ms=1_700_003_600_000, interval_ms=60_000)


@pytest.mark.shared
def test_every_vector_of_the_plugin_expands_as_published(shared: Path) -> None:
    text = (shared / "grafana" / "clickhouse-macro-vectors.json").read_text(encoding="utf-8")
    vectors = json.loads(text)["vectors"]
    found = {}
    for vector in vectors:
        window = Window(from_ms=vector["from_ms"], to_ms=vector["to_ms"], interval_ms=vector["interval_ms"])
        found[vector["name"]] = expand(fill(vector["sql"], vector["variables"]), window)
    assert len(found) == 18
    assert found == {vector["name"]: vector["expanded"] for vector in vectors}


def test_texts_become_parameters_when_bound() -> None:
    binder = Binder()
    sql = fill("SELECT 1 WHERE $__conditionalAll(m IN (${m:singlequote}), $m)", {"m": ["a", "b' OR 1=1"]}, quote=binder)
    assert sql == "SELECT 1 WHERE m IN ({v0:String},{v1:String})"
    assert binder.params == {"v0": "a", "v1": "b' OR 1=1"}


def test_numbers_are_written_as_they_are() -> None:
    assert fill("HAVING count() >= ${minimum_sample}", {"minimum_sample": 20}) == "HAVING count() >= 20"


def test_a_condition_keeps_the_commas_and_parentheses_within_it() -> None:
    sql = "$__conditionalAll(if(a = ')', 1, 2) IN (${m:singlequote}), $m)"
    assert fill(sql, {"m": ["x"]}) == "if(a = ')', 1, 2) IN ('x')"
    assert fill(sql, {}) == "1=1"


def test_a_value_that_looks_like_a_variable_or_macro_stays_a_value() -> None:
    sql = "$__conditionalAll(m IN (${m:singlequote}), $m) AND p = ${p:singlequote}"
    assert fill(sql, {"m": ["${p:singlequote}", "$__conditionalAll(1, $m)"], "p": "a"}) == (
        "m IN ('${p:singlequote}','$__conditionalAll(1, $m)') AND p = 'a'"
    )


@pytest.mark.parametrize(
    ("sql", "variables", "reason"),
    [
        ("SELECT $model", {"model": "a"}, "is text"),
        ("SELECT ${model:singlequote}", {}, "has no value"),
        ("SELECT ${model:singlequote}", {"model": ALL}, "is unset"),
        ("SELECT $__conditionalAll(1=1, model)", {}, "must be a variable"),
        ("SELECT $__conditionalAll(1=1, $model", {}, "is not closed"),
    ],
)
def test_what_cannot_be_written_safely_is_refused(sql: str, variables: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        fill(sql, variables)


def test_comments_are_dropped_and_texts_that_look_like_comments_stay() -> None:
    assert statement("-- what $__timeFilter does\nSELECT '-- no comment', /* aside */ 1 -- end") == "SELECT '-- no comment',  1"


def test_unknown_macros_stay() -> None:
    assert expand("SELECT $__someOther(1)", _HOUR) == "SELECT $__someOther(1)"


@pytest.mark.store
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_a_literal_is_read_back_as_the_same_text(store: Store, value: str) -> None:
    rows = store.query(Query(name="literal", text=f"SELECT {literal(value)} AS text"))
    assert rows == [{"text": value}]
