"""One trace: its tree, the selected span, and what is said about traces that are not as they should be."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.console.serving import Console
from tests.console.traffic import NOW, Row, message, put, score, span

pytestmark = pytest.mark.store

TRACE = "a" * 32


def names_in(page: str) -> list[str]:
    """Names of the tree's rows from top to bottom."""
    return re.findall(r'<span class="label">([^<]*)</span>', page)


def at(span_id: str, parent: str = "", **more: Any) -> Row:
    return span(
        trace_id=TRACE,
        span_id=span_id.rjust(16, "0"),
        parent_span_id=parent.rjust(16, "0") if parent else "",
        name=span_id,
        **more,
    )


def test_a_trace_is_a_tree_with_its_figures(console: Console) -> None:
    put(
        console.store,
        [
            at("1", duration_ns=2_000_000_000, cost_status="roll_up", input_tokens=10, output_tokens=5),
            at(
                "2",
                "1",
                start_time=NOW + timedelta(milliseconds=1),
                input_tokens=10,
                output_tokens=5,
                cost_usd=0.5,
                cost_status="computed",
            ),
            at("3", "2", start_time=NOW + timedelta(milliseconds=2), cost_status="unknown_model", input_tokens=1),
        ],
    )
    page = console.text(f"/traces/{TRACE}")
    assert names_in(page) == ["1", "2", "3"]
    for words in (
        "<dd>2 s</dd>",
        "<dt>Spans</dt><dd>3</dd>",
        "<dt>Tokens</dt><dd>16</dd>",
        "$0.50",
        "1 call without a known price",
    ):
        assert words in page


def test_the_selected_span_shows_messages_tools_documents_scores_and_timing(console: Console) -> None:
    asked = [
        message("user", "Where is my lamp?"),
        message("tool", {"type": "tool_call_response", "response": {"eta": "Thursday"}}),
    ]
    row = {**at(
        "4", kind="llm", response_model="small", start_time=NOW, duration_ns=2_000_000_000, time_to_first_chunk_ns=400_000_000,
        input_tokens=100, output_tokens=21, cache_read_tokens=60, reasoning_tokens=5, cost_usd=0.0042, cost_status="computed",
        status_code="Error", status_message="it broke", error_type="Timeout", finish_reasons=["length"],
        content={
            "gen_ai.input.messages": json.dumps(asked),
            "gen_ai.output.messages": json.dumps([message("assistant", {"type": "reasoning", "content": "hmm"}, "On Thursday.")]),
            "gen_ai.retrieval.documents": '[{"id": "handbook.md", "score": 0.75}]',
        },
        attributes={"app.tenant": "acme"},
    ), "events.time": [NOW + timedelta(seconds=1)], "events.name": ["retry"], "events.attributes": [{"attempt": "2"}],
        "events.attribute_kinds": [[]], "events.dropped_attributes_count": [0]}  # fmt: skip
    put(console.store, [row], [score(row, "tone", 0.25, explanation="curt", evaluator_version="3")])
    page = console.text(f"/traces/{TRACE}")
    for words in (
        "Where is my lamp?", "On Thursday.", "&#34;eta&#34;: &#34;Thursday&#34;", "handbook.md", "0.75", "it broke", "Timeout",
        "400 ms", "60 cache read", "40 other input", "5 reasoning", "16 other output", "$0.0042", "from dated list prices",
        "length", "app.tenant", "acme", "retry", "after 1 s", "curt", "version 3", "0.25", "12.5 tokens/s",
    ):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            {"audio.input_tokens": "40", "audio.cache_read.input_tokens": "10", "audio.output_tokens": "12"},
            ["20 cache read", "30 audio input", "50 other input", "5 reasoning", "12 audio output", "4 other output"],
        ),
        ({"audio.output_tokens": "0"}, ["20 cache read", "80 other input", "5 reasoning", "16 other output"]),
        # More than there is: what is shown still sums to the totals.
        (
            {"audio.input_tokens": "900", "audio.output_tokens": "900"},
            ["20 cache read", "80 audio input", "5 reasoning", "16 audio output"],
        ),
    ],
    ids=["some", "none", "too many"],
)
def test_tokens_of_audio_are_told_apart(console: Console, told: dict[str, str], shown: list[str]) -> None:
    row = at(
        "7", kind="llm", input_tokens=100, output_tokens=21, cache_read_tokens=20, reasoning_tokens=5,
        attributes={f"gen_ai.usage.{name}": value for name, value in told.items()},
    )  # fmt: skip
    put(console.store, [row])
    page = console.text(f"/traces/{TRACE}")
    listed = re.findall(r"<li><i[^>]*></i>(.*?)</li>", page)
    assert [entry for entry in listed if entry.split()[0].isdigit()] == shown


def test_what_a_person_says_weeks_later_stands_on_the_trace(console: Console) -> None:
    row = at("5")
    put(
        console.store,
        [row],
        [score(row, "thumbs", 1.0, source="person", time=NOW + timedelta(days=40), explanation="it did come")],
    )
    assert "it did come" in console.text(f"/traces/{TRACE}")


def test_a_failed_and_a_missing_score_say_why(console: Console) -> None:
    row = at("5")
    put(
        console.store,
        [row],
        [
            score(row, "judge", None, status="failed", reason="timeout"),
            score(row, "rouge", None, status="unscored", reason="no reference"),
        ],
    )
    page = console.text(f"/traces/{TRACE}")
    assert "timeout" in page
    assert "no reference" in page
    assert "score-value" not in page


def test_a_span_is_chosen_by_the_address_and_served_as_a_piece(console: Console) -> None:
    put(console.store, [at("1"), at("2", "1", attributes={"only": "here"})])
    chosen = f"/traces/{TRACE}?span={'2'.rjust(16, '0')}"
    piece = f"/traces/{TRACE}/spans/{'2'.rjust(16, '0')}"
    assert "only" in console.text(chosen)
    assert "only" in console.text(piece)
    assert "<html" not in console.text(piece)
    assert "only" not in console.text(f"/traces/{TRACE}")


def test_missing_parents_circles_early_and_late_spans_are_named(console: Console) -> None:
    put(
        console.store,
        [
            at("1", received_at=NOW + timedelta(minutes=5)),
            at("2", "f"),
            at("3", "4"),
            at("4", "3", start_time=NOW + timedelta(milliseconds=1)),
            at("5", "1", start_time=NOW - timedelta(milliseconds=1)),
        ],
    )
    page = console.text(f"/traces/{TRACE}")
    assert sorted(names_in(page)) == ["1", "2", "3", "4", "5"]
    for words in (
        "1 span names a parent that was not received",
        "1 circle of parents",
        "1 span starts before the parent",
        "1 span arrived more than a minute after the end",
    ):
        assert words in page


def test_a_trace_sent_long_afterwards_says_so_once(console: Console) -> None:
    afterwards = NOW + timedelta(hours=1)
    put(console.store, [at("1", received_at=afterwards), at("2", "1", received_at=afterwards)])
    page = console.text(f"/traces/{TRACE}")
    assert "Everything arrived more than a minute after the end" in page
    assert ">late<" not in page


def test_kinds_of_failures_stand_above_the_tree_as_they_came_each_with_its_first_span(console: Console) -> None:
    def failed(span_id: str, parent: str, *, after_s: int, **more: Any) -> Row:
        later = {"start_time": NOW + timedelta(seconds=after_s), "duration_ns": 1_000_000_000, "status_code": "Error", **more}
        return {**at(span_id, parent), **later}

    locked = {"name": "select", "error_type": "LockTimeout"}
    put(
        console.store,
        [
            failed("1", "", after_s=0, name="agent", duration_ns=60_000_000_000, error_type=""),
            failed("2", "1", after_s=10, name="tool", duration_ns=9_000_000_000, error_type="LockTimeout"),
            failed("3", "2", after_s=11, **locked),
            failed("4", "2", after_s=15, **locked),
            at("5", "1"),
        ],
    )
    page = console.text(f"/traces/{TRACE}")
    told = page.partition('<ol class="failed-kinds"')[2].partition("</ol>")[0]
    assert re.findall(r"span=0*(\d)\D", told) == ["3", "2", "1"]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", told))
    assert "LockTimeout in select 2 times, first after 12 s" in said
    assert "LockTimeout in tool after 19 s" in said
    assert "failed in agent after 1 m 00 s" in said


def test_more_kinds_of_failures_than_are_named_are_counted_and_a_lonely_span_names_none(console: Console) -> None:
    put(console.store, [at(str(n), "0", status_code="Error", error_type=f"E{n}") for n in range(1, 9)])
    assert "and 2 other kinds of failures" in console.text(f"/traces/{TRACE}")
    put(console.store, [span(trace_id="b" * 32, status_code="Error")])
    assert "failed-kinds" not in console.text(f"/traces/{'b' * 32}")


def test_a_large_trace_is_shown_in_pieces_that_hold_every_span(console: Console) -> None:
    put(console.store, [at("0")] + [at(str(n), "0", start_time=NOW + timedelta(microseconds=n)) for n in range(1, 1_200)])
    page = console.text(f"/traces/{TRACE}")
    assert "Rows 1 to 500 of 1,200" in page
    listed = [name for row in (0, 500, 1_000) for name in names_in(console.text(f"/traces/{TRACE}?row={row}"))]
    assert listed == [str(n) for n in range(1_200)]
    assert "Rows 501 to 1000" in console.text(f"/traces/{TRACE}?span={'777'.rjust(16, '0')}")


def test_a_long_value_is_cut_and_whole_at_its_own_address(console: Console) -> None:
    text = "x" * 30_000 + "end"
    put(console.store, [at("1", content={"gen_ai.tool.call.result": text})])
    page = console.text(f"/traces/{TRACE}")
    assert "Shown are the first 20,000 characters; 10,003 more are in the" in page
    address = re.search(r'href="([^"]*/content[^"]*)"', page)
    assert address is not None
    reply = console.client.get(address.group(1).replace("&amp;", "&"))
    assert (reply.text, reply.headers["content-type"]) == (text, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        f"/traces/{'b' * 32}",
        f"/traces/{TRACE}?span=ffff",
        f"/traces/{TRACE}/spans/ffff",
        f"/traces/{TRACE}/spans/{'1'.rjust(16, '0')}/content?key=no",
    ],
)
def test_what_is_not_there_is_told_in_one_sentence(console: Console, path: str) -> None:
    put(console.store, [at("1")])
    page = console.text(path, status=404)
    sentence = re.search(r'<h1 class="lead">([^<]*)</h1>', page)
    assert sentence is not None
    assert sentence.group(1).startswith("No ") or "has no attribute" in sentence.group(1)


def test_a_trace_of_another_project_is_not_there(console: Console) -> None:
    put(console.store, [{**at("1"), "project": "theirs"}])
    console.text(f"/traces/{TRACE}", status=404)


def test_a_root_that_a_later_copy_gave_a_parent_is_shown_as_it_stands_now(console: Console) -> None:
    root, other = at("1", content={"gen_ai.input.messages": "said first"}), at("2", start_time=NOW + timedelta(seconds=1))
    put(console.store, [root, other])
    put(console.store, [{**root, "parent_span_id": "2".rjust(16, "0"), "content": {"gen_ai.input.messages": "said last"}}])
    assert names_in(console.text(f"/traces/{TRACE}")) == ["2", "1"]
    page = console.text(f"/traces/{TRACE}?span={'1'.rjust(16, '0')}")
    assert "said last" in page
    assert "said first" not in page
    # The earliest root differs from the first row where a span's parent is missing.
    put(console.store, [at("0", "9", start_time=NOW - timedelta(seconds=1), attributes={"which": "the orphan"})])
    page = console.text(f"/traces/{TRACE}")
    assert names_in(page) == ["0", "2", "1"]
    assert "the orphan" in page
