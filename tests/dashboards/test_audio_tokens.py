"""Tokens of audio over time: parts of input and output, each token in one place, and not known where a former release counted."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.panels import TimeRange, panel_by_id, run_panel
from tests.dashboards.seeds import NOON, Row, call, store_calls

pytestmark = pytest.mark.store

_INPUT, _READ, _OUTPUT = (f"gen_ai.usage.audio.{part}_tokens" for part in ("input", "cache_read.input", "output"))
_COLUMNS = ("input", "audio_input", "cache_read", "cache_write", "output", "audio_output", "reasoning")
_LENGTHS = {"minutes": timedelta(hours=1), "hours": timedelta(days=9), "quarters": timedelta(days=90)}
_TABLES = ("spans_minute", "spans_hour", "spans_quarter")
_FORGET = """
ALTER TABLE {table:Identifier}
UPDATE uncached_audio_tokens = NULL, audio_output_tokens = NULL WHERE true SETTINGS mutations_sync = 2
"""


def _shown(store: Store, length: timedelta) -> dict[str, int | None]:
    """The panel's columns, summed over its points; None where one of them is none."""
    result = run_panel(store, panel_by_id("tokens-by-type"), project="shop", time_range=_last(length), filters={})
    columns = list(zip(*(row[1:] for row in result.rows), strict=True))
    return {str(name): None if None in cells else sum(cells) for name, cells in zip(_COLUMNS, columns, strict=True)}


def _last(length: timedelta) -> TimeRange:
    return TimeRange(start=NOON - length, end=NOON)


def _spoken(number: int, *, minutes_ago: float, audio: dict[str, object], **columns: object) -> Row:
    return call(number, minutes_ago=minutes_ago, attributes={name: str(value) for name, value in audio.items()}, **columns)


@pytest.mark.parametrize("length", _LENGTHS.values(), ids=list(_LENGTHS))
def test_each_token_is_counted_in_one_place(store: Store, length: timedelta) -> None:
    chance = random.Random(3)
    calls: list[Row] = []
    expected: dict[str, int] = dict.fromkeys(_COLUMNS, 0)
    for number in range(40):
        audio_read = chance.randrange(10)
        given, cached = 30 + audio_read, 10 + audio_read
        calls.append(
            _spoken(
                number,
                minutes_ago=chance.uniform(1, length / timedelta(minutes=1) - 1),
                audio={_INPUT: given, _READ: audio_read, _OUTPUT: 6},
                cache_read_tokens=cached,
                reasoning_tokens=5,
            )
        )
        parts = {"audio_input": 30, "cache_read": cached, "audio_output": 6, "reasoning": 5}
        for name, tokens in {**parts, "input": 100 - 30 - cached, "output": 20 - 6 - 5}.items():
            expected[name] += tokens
    store_calls(store, calls)
    assert _shown(store, length) == expected


def test_what_is_no_count_or_more_than_the_whole_moves_no_other_figure(store: Store) -> None:
    store_calls(
        store,
        [
            _spoken(1, minutes_ago=9, audio={_INPUT: "many", _OUTPUT: "-3"}),
            _spoken(2, minutes_ago=8, audio={_INPUT: 10**30, _OUTPUT: 21}),
            # The call of which another span tells: its tokens are counted there.
            _spoken(3, minutes_ago=7, audio={_INPUT: 50}, cost_status="roll_up", cost_usd=None),
        ],
    )
    told = _shown(store, timedelta(hours=1))
    assert (told["input"], told["audio_input"], told["output"], told["audio_output"]) == (200, 0, 20, 20)


def test_names_of_another_dialect_count(store: Store) -> None:
    store_calls(store, [call(1, minutes_ago=9, translated={_INPUT: "40", _OUTPUT: "4"}, dialect="openinference")])
    told = _shown(store, timedelta(hours=1))
    assert (told["input"], told["audio_input"], told["output"], told["audio_output"]) == (60, 40, 16, 4)


@pytest.mark.parametrize("length", _LENGTHS.values(), ids=list(_LENGTHS))
def test_what_a_former_release_counted_is_not_known(store: Store, length: timedelta) -> None:
    """None, never zero; the tokens then lie in the input and output."""
    store_calls(store, [_spoken(1, minutes_ago=50, audio={_INPUT: 40, _OUTPUT: 4})])
    for table in _TABLES:
        store.execute(Query(name="forget", text=_FORGET), {"table": table})
    told = _shown(store, length)
    assert (told["input"], told["audio_input"], told["output"], told["audio_output"]) == (100, None, 20, None)


def test_an_hour_with_a_minute_that_is_not_known_is_not_known(store: Store) -> None:
    store_calls(store, [_spoken(1, minutes_ago=600, audio={_INPUT: 40})])
    store.execute(Query(name="forget", text=_FORGET), {"table": "spans_minute"})
    store_calls(store, [_spoken(2, minutes_ago=590, audio={_INPUT: 40})])
    text = "SELECT sum(spans) AS spans, max(uncached_audio_tokens) AS audio FROM {table:Identifier} FINAL"
    found = [store.query(Query(name="counted", text=text), {"table": table}) for table in _TABLES]
    assert found == [[{"spans": 2, "audio": 40}], [{"spans": 2, "audio": None}], [{"spans": 2, "audio": None}]]
