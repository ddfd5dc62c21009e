"""How the rows of a rule's query become one number a segment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars
import pytest

from spanhouse_collector.errors import QueryRejected
from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.model import Reduce
from spanhouse_dashboards.alerts.readings import Reading, readings_of, window_of
from tests.dashboards.seeds import NOON

_RULE = load_rules().rules[0]
_SERIES = polars.DataFrame(
    {
        "time": [NOON + timedelta(minutes=minute) for minute in range(5)],
        "model": ["a", "b", "a", "a", "b"],
        "value": [1.0, 5.0, None, 4.0, float("nan")],
    }
)


@pytest.mark.parametrize(("reduce", "of_a"), [("last", 4.0), ("min", 1.0), ("max", 4.0), ("sum", 5.0), ("mean", 2.5)])
def test_the_rows_of_a_segment_are_reduced_and_those_without_a_value_left_out(reduce: Reduce, of_a: float) -> None:
    rule = replace(_RULE, reduce=reduce, is_series=True)
    assert readings_of(rule, _SERIES) == [
        Reading(segment={"model": "a"}, value=of_a),
        Reading(segment={"model": "b"}, value=5.0),
    ]


def test_a_query_without_labels_reads_the_whole_project() -> None:
    assert readings_of(_RULE, polars.DataFrame({"value": [3]})) == [Reading(segment={}, value=3.0)]


def test_a_query_without_a_value_is_refused_by_name() -> None:
    with pytest.raises(QueryRejected, match="rule llm-error-rate gives no column named value"):
        readings_of(_RULE, polars.DataFrame({"share": [3]}))


def test_a_delay_moves_the_window_into_the_past() -> None:
    window = window_of(replace(_RULE, window_s=600, delay_s=60), NOON)
    noon_ms = int(NOON.timestamp() * 1000)
    assert (window.from_ms, window.to_ms) == (noon_ms - 660_000, noon_ms - 60_000)
