"""The quality job on the real engine: each span once, whatever happens around it."""

import asyncio
from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import Query, State, Store
from spanhouse_evaluators.contract import Answers, Context, Evaluator, FunctionEvaluator, evaluator
from spanhouse_evaluators.jobs import asking
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import Selection
from tests.evaluators.conftest import START, a_span, answered, ran, retrieved, table
from tests.stores import break_disk

pytestmark = pytest.mark.store


def job(store: Store, state: State, *assignments: Assignment | Evaluator, **settings: Any) -> QualityJob:
    assigned = tuple(a if isinstance(a, Assignment) else Assignment(evaluator=a) for a in assignments)
    return QualityJob(store=store, state=state, assignments=assigned, **settings)


def scores(store: Store, columns: str) -> list[tuple[Any, ...]]:
    rows = table(store, f"SELECT {columns} FROM scores FINAL ORDER BY trace_id, span_id, name, evaluator_version")  # noqa: S608 - a test's own text
    return [tuple(row.values()) for row in rows]


def rows_without_merging(store: Store) -> int:
    return int(table(store, "SELECT count() AS n FROM scores")[0]["n"])


@evaluator("length", "1")
def length(context: Context) -> Answers:
    return len(context.output)


def test_a_span_is_scored_with_what_was_retrieved_in_its_trace(store: Store, state: State) -> None:
    call = answered("Paris is big", start_time=START + timedelta(seconds=2))
    trace = {"trace_id": call["trace_id"]}
    store.insert("spans", [retrieved({"content": "Paris is a city"}, "and more", **trace), call])
    later = retrieved("big", start_time=START + timedelta(seconds=3), **trace)
    store.insert("spans", [later])
    assert ran(job(store, state, groundedness), "r1") == Counts(scored=1)
    assert scores(store, "name, span_id, round(value, 3), status, evaluator, evaluator_version, source, target, run_id") == [
        ("groundedness", call["span_id"], 0.667, "scored", "groundedness", "2", "evaluator", "span", "r1")
    ]


def test_the_row_of_a_score_repeats_what_dashboards_filter_by(store: Store, state: State) -> None:
    call = answered("I cannot help.", service="shop", environment="prod", session_id="s1", prompt_name="p", prompt_version="2")
    store.insert("spans", [call])
    ran(job(store, state, refusal), "r1")
    assert scores(
        store,
        "project, time, session_id, service, environment, release, model, prompt_name, prompt_version, value, label, explanation",
    ) == [
        (
            "default",
            "2026-11-23 12:00:01.000000000",
            "s1",
            "shop",
            "prod",
            "1.0",
            "small",
            "p",
            "2",
            1,
            "true",
            "opens with 'i cannot'",
        )
    ]


def test_failed_and_unscored_are_rows_without_a_value(store: Store, state: State) -> None:
    @evaluator("broken", "1")
    def broken(context: Context) -> float:
        raise ValueError("no luck")

    store.insert("spans", [answered("Paris")])
    assert ran(job(store, state, broken, groundedness), "r1") == Counts(failed=1, unscored=1)
    assert scores(store, "name, status, value, reason, explanation") == [
        ("broken", "failed", None, "exception", "ValueError: no luck"),
        ("groundedness", "unscored", None, "no retrieved context", ""),
    ]


def test_a_span_is_scored_once_however_often_the_job_runs(store: Store, state: State) -> None:
    store.insert("spans", [answered("a" * n) for n in range(1, 8)])
    watching = job(store, state, length, batch_spans=3)
    assert [ran(watching, f"r{i}") for i in range(3)] == [Counts(scored=7), Counts(), Counts()]
    assert rows_without_merging(store) == 7


def test_a_late_span_is_scored_once(store: Store, state: State) -> None:
    store.insert("spans", [answered("first")])
    watching = job(store, state, length)
    ran(watching, "r1")
    # It began days ago; what counts is when it was stored.
    store.insert("spans", [answered("late", start_time=START - timedelta(days=3), stored_at=START + timedelta(seconds=5))])
    # And one whose insert became visible only after a newer one had been read.
    store.insert("spans", [answered("slow insert", stored_at=START - timedelta(seconds=30))])
    assert [ran(watching, "r2"), ran(watching, "r3")] == [Counts(scored=2), Counts()]
    assert rows_without_merging(store) == 3


def test_a_span_sent_again_is_not_scored_again_unless_its_content_changed(store: Store, state: State) -> None:
    call = answered("once")
    store.insert("spans", [call])
    watching = job(store, state, length)
    ran(watching, "r1")
    store.insert("spans", [{**call, "stored_at": START + timedelta(minutes=5)}])
    assert ran(watching, "r2") == Counts()
    changed = {**answered("changed"), "trace_id": call["trace_id"], "span_id": call["span_id"]}
    store.insert("spans", [{**changed, "stored_at": START + timedelta(minutes=6)}])
    assert ran(watching, "r3") == Counts(scored=1)


def test_two_copies_that_were_not_merged_yet_are_one_span(store: Store, state: State) -> None:
    call = answered("once")
    for seconds in (0, 1):
        store.insert("spans", [{**call, "stored_at": START + timedelta(seconds=seconds)}])
    assert ran(job(store, state, length), "r1") == Counts(scored=1)


def test_a_whole_batch_sent_again_does_not_hold_up_what_follows(store: Store, state: State) -> None:
    calls = [answered("a") for _ in range(6)]
    for seconds in (0, 1):
        store.insert("spans", [{**call, "stored_at": START + timedelta(seconds=seconds)} for call in calls])
    store.insert("spans", [answered("after", stored_at=START + timedelta(seconds=2))])
    assert ran(job(store, state, length, batch_spans=3), "r1") == Counts(scored=7)
    assert rows_without_merging(store) == 7


def test_a_new_version_and_a_new_evaluator_score_what_is_stored_already(store: Store, state: State) -> None:
    store.insert("spans", [answered("a"), answered("bb")])
    ran(job(store, state, length), "r1")
    newer = FunctionEvaluator("length", "2", "span", None, length.evaluate)
    assert ran(job(store, state, length, newer, refusal), "r2") == Counts(scored=4)
    assert rows_without_merging(store) == 6


def test_a_run_that_died_halfway_is_completed_and_nothing_is_scored_twice(store: Store, state: State) -> None:
    store.insert("spans", [answered("a" * n, stored_at=START + timedelta(seconds=n)) for n in range(1, 8)])
    asked: list[str] = []

    class Killed(BaseException):
        pass

    @evaluator("length", "1")
    def deadly(context: Context) -> int:
        asked.append(context.output)
        if len(asked) == 5:
            raise Killed
        return len(context.output)

    with pytest.raises(Killed):
        ran(job(store, state, deadly, batch_spans=3), "r1")
    assert ran(job(store, state, length, batch_spans=3), "r2") == Counts(scored=4)
    assert rows_without_merging(store) == 7


def test_a_stop_waits_for_one_answer_of_a_slow_evaluator_and_the_rest_is_made_up(
    store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "STORED_EVERY_S", 0.0)
    store.insert("spans", [answered(text) for text in "abc"])
    asked = list[str]()

    @evaluator("slow", "1")
    def slow(context: Context) -> Answers:
        asked.append(context.output)
        return len(asked)

    running = job(store, state, length, slow).run("r1")
    assert isinstance(running, Generator)
    seen = [next(running) for _ in range(4)]
    running.close()
    assert (seen, len(asked), rows_without_merging(store)) == ([Counts(scored=1)] * 4, 1, 4)
    assert ran(job(store, state, length, slow), "r2") == Counts(scored=2)
    assert sorted(asked) == ["a", "b", "c"]


def test_a_stop_waits_for_no_evaluator_that_hangs_and_what_was_answered_is_stored(
    store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "STORED_EVERY_S", 0.0)
    store.insert("spans", [answered(text) for text in ("a", "hangs", "c")])
    given_up = list[str]()

    @evaluator("judge", "1")
    async def judge(context: Context) -> Answers:
        try:
            await asyncio.sleep(3_600 if context.output == "hangs" else 0)
        except asyncio.CancelledError:
            given_up.append(context.output)
            raise
        return True

    running = job(store, state, judge).run("r1")
    assert isinstance(running, Generator)
    while rows_without_merging(store) < 2:
        next(running)
    assert next(running) == Counts()
    running.close()
    assert given_up == ["hangs"]
    assert scores(store, "value") == [(1.0,), (1.0,)]


def test_what_could_not_be_stored_while_the_next_was_judged_is_scored_later(
    store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.insert("spans", [answered("a" * n, stored_at=START + timedelta(seconds=n)) for n in range(1, 8)])
    insert, tried = store.insert_frame, list[int]()

    def failing(table_name: str, frame: pl.DataFrame, **settings: Any) -> None:
        tried.append(frame.height)
        if len(tried) == 2:
            raise StoreUnavailable("gone for a moment")
        insert(table_name, frame, **settings)

    monkeypatch.setattr(store, "insert_frame", failing)
    watching = job(store, state, refusal, batch_spans=3)
    with pytest.raises(StoreUnavailable):
        ran(watching, "r1")
    assert ran(watching, "r2") == Counts(scored=7 - sum(tried[:1]) - sum(tried[2:3]))
    assert rows_without_merging(store) == len(scores(store, "span_id")) == 7


def test_a_span_counts_as_read_once_the_disk_has_its_score(store: Store, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut could take the score and leave the mark, which is on disk at once."""
    store.insert("spans", [answered("Paris")])
    watching = job(store, state, length)
    with monkeypatch.context() as broken:
        break_disk(broken)
        with pytest.raises(StoreUnavailable):
            ran(watching, "r1")
    store.execute(Query(name="test", text="TRUNCATE TABLE scores"))
    assert ran(watching, "r2") == Counts(scored=1)


def test_a_span_waits_until_its_trace_has_settled(store: Store, state: State) -> None:
    call = answered("fresh")
    del call["stored_at"]  # now
    store.insert("spans", [call])
    assert ran(job(store, state, length, settle_s=60), "r1") == Counts()
    assert ran(job(store, state, length, settle_s=-1), "r2") == Counts(scored=1)


def test_projects_do_not_mix(store: Store, state: State) -> None:
    store.insert("spans", [answered("a", project="one"), answered("b", project="two"), answered("c", project="two")])
    assert ran(job(store, state, length), "r1") == Counts(scored=3)
    assert table(store, "SELECT project, count() AS n FROM scores GROUP BY project ORDER BY project") == [
        {"project": "one", "n": 1},
        {"project": "two", "n": 2},
    ]


def chosen(store: Store, state: State, selection: Selection, *evaluators: Evaluator) -> Sequence[str]:
    assignments = [Assignment(evaluator=e, selection=selection) for e in (evaluators or (length,))]
    ran(job(store, state, *assignments), "r1")
    return [str(row["span_id"]) for row in table(store, "SELECT DISTINCT span_id FROM scores ORDER BY span_id")]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["llm", "slow", "failed", "prod"]),
        (Selection(kinds=()), ["llm", "tool", "slow", "failed", "prod"]),
        (Selection(kinds=("tool",)), ["tool"]),
        (Selection(models=("large",)), ["slow"]),
        (Selection(environments=("prod",)), ["prod"]),
        (Selection(sample=0.0), []),
        (Selection(sample=0.0, always_failed=True), ["failed"]),
        (Selection(sample=0.0, slow_ms=5_000), ["slow"]),
    ],
)
def test_a_selection_says_which_spans_are_scored(store: Store, state: State, selection: Selection, expected: list[str]) -> None:
    spans = {
        "llm": answered("a"),
        "tool": answered("a", kind="tool"),
        "slow": answered("a", duration_ns=5_000_000_000, request_model="large"),
        "failed": answered("a", status_code="Error"),
        "prod": answered("a", environment="prod"),
    }
    store.insert("spans", list(spans.values()))
    assert chosen(store, state, selection) == sorted(spans[name]["span_id"] for name in expected)


def test_a_sample_takes_the_same_traces_for_every_evaluator(store: Store, state: State) -> None:
    store.insert("spans", [answered("a") for _ in range(400)])
    assignments = [Assignment(evaluator=e, selection=Selection(sample=share)) for e, share in ((length, 0.5), (refusal, 0.25))]
    ran(job(store, state, *assignments), "r1")
    half, quarter = (
        {row["trace_id"] for row in table(store, f"SELECT trace_id FROM scores WHERE name = '{name}'")}  # noqa: S608 - a test's own text
        for name in ("length", "refusal")
    )
    assert 150 < len(half) < 250
    assert 60 < len(quarter) < 140
    assert quarter < half


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, ("", "")),
        ({"gen_ai.output.messages": "plain text"}, ("", "plain text")),
        ({"gen_ai.output.messages": '[{"role": "assistant", "content": "old form"}]'}, ("", "old form")),
        (
            {
                "gen_ai.input.messages": '[{"role":"system","parts":[{"type":"text","content":"be kind"}]},'
                '{"role":"user","parts":[{"type":"text","content":"first"}]},'
                '{"role":"assistant","parts":[{"type":"text","content":"hm"}]},'
                '{"role":"user","parts":[{"type":"text","content":"se\\u00f1or"},{"type":"text","content":"two"}]}]',
                "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"reasoning","content":"hidden"},'
                '{"type":"tool_call","name":"f","arguments":{}},{"type":"text","content":"done"}]}]',
            },
            ("señor\ntwo", "done"),
        ),
    ],
)
def test_the_texts_are_the_last_question_and_the_spoken_answer(
    store: Store, state: State, content: dict[str, str], expected: tuple[str, str]
) -> None:
    seen = []

    @evaluator("probe", "1")
    def probe(context: Context) -> bool:
        seen.append((context.input, context.output))
        return True

    store.insert("spans", [a_span(content=content)])
    ran(job(store, state, probe), "r1")
    assert seen == [expected]


def test_an_evaluator_sees_what_the_span_measured(store: Store, state: State) -> None:
    seen = []

    @evaluator("probe", "1")
    def probe(context: Context) -> bool:
        seen.append(context)
        return True

    measured = {"input_tokens": 10, "output_tokens": 20, "time_to_first_chunk_ns": 5, "cost_usd": "0.002"}
    call = a_span(**measured, attributes={"x": "1"}, content={"gen_ai.tool.definitions": "[]"}, response_model="small-2")
    store.insert("spans", [call, a_span()])
    ran(job(store, state, probe), "r1")
    first, second = seen
    assert (first.model, first.input_tokens, first.output_tokens, first.time_to_first_token_ns) == ("small", 10, 20, 5)
    assert (first.cost_usd, first.duration_ns, first.failed) == (0.002, 1_000_000_000, False)
    assert dict(first.attributes) == {"x": "1", "gen_ai.tool.definitions": "[]"}
    assert (second.input_tokens, second.cost_usd, second.time_to_first_token_ns) == (None, None, None)
