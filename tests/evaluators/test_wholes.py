"""Evaluators that need a whole trace or a whole session: once it is quiet, and again if it went on."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, Need, Unscored, evaluator
from spanhouse_evaluators.jobs.asking import Assignment
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.progress import backfill
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import Selection
from spanhouse_evaluators.why import why
from tests.evaluators.conftest import START, a_span, answered, ran, retrieved, table

pytestmark = pytest.mark.store

TRACE = "ab" * 16
_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@evaluator("steps", "1", needs="trace")
def steps(context: Context) -> Answers:
    return len(context.spans)


@evaluator("turns", "1", needs="session")
def turns(context: Context) -> Answers:
    return len({span.trace_id for span in context.spans})


def job(store: Store, state: State, need: Need = "trace", *assignments: Assignment, **settings: Any) -> WholesJob:
    chosen = assignments or (Assignment(evaluator=steps if need == "trace" else turns),)
    return WholesJob(name=f"{need}s", store=store, state=state, need=need, assignments=chosen, **settings)


def later(seconds: float) -> dict[str, Any]:
    return {"start_time": START + timedelta(seconds=seconds), "stored_at": START + timedelta(seconds=seconds)}


def values(store: Store) -> list[tuple[Any, ...]]:
    rows = table(
        store, "SELECT target, trace_id, span_id, session_id, value FROM scores FINAL ORDER BY trace_id, session_id, time"
    )
    return [tuple(row.values()) for row in rows]


def test_a_trace_is_judged_once_with_all_its_spans(store: Store, state: State) -> None:
    store.insert("spans", [retrieved("doc", trace_id=TRACE), answered("a", trace_id=TRACE), answered("b")])
    watching = job(store, state)
    assert [ran(watching, "r1"), ran(watching, "r2")] == [Counts(scored=2), Counts()]
    assert ("trace", TRACE, "", "", 2) in values(store)


def test_a_trace_waits_until_it_is_quiet(store: Store, state: State) -> None:
    store.insert("spans", [answered("old", trace_id=TRACE), answered("other")])
    store.insert("spans", [answered("new", trace_id=TRACE, stored_at=datetime.now(UTC))])
    assert ran(job(store, state, quiet_s=60), "r1") == Counts(scored=1)
    assert ran(job(store, state, quiet_s=-1), "r2") == Counts(scored=1)
    assert ("trace", TRACE, "", "", 2) in values(store)


def test_a_late_span_opens_its_trace_again_and_its_score_replaces_the_former_one(store: Store, state: State) -> None:
    store.insert("spans", [answered("first", trace_id=TRACE, **later(0))])
    watching = job(store, state)
    ran(watching, "r1")
    # It was stored later, and had even started minutes before the others.
    early: dict[str, Any] = {"start_time": START - timedelta(minutes=5), "stored_at": START + timedelta(seconds=90)}
    store.insert("spans", [answered("late", trace_id=TRACE, **early)])
    assert [ran(watching, "r2"), ran(watching, "r3")] == [Counts(scored=1), Counts()]
    assert values(store) == [("trace", TRACE, "", "", 2)]


def test_a_session_is_all_its_traces(store: Store, state: State) -> None:
    store.insert("spans", [answered("a", session_id="s1"), answered("b", session_id="s1"), answered("c", session_id="")])
    assert ran(job(store, state, "session"), "r1") == Counts(scored=1)
    assert values(store) == [("session", "", "", "s1", 2)]


def test_a_session_has_all_spans_of_its_traces_whichever_sessions_are_read_with_it(store: Store, state: State) -> None:
    @evaluator("documents", "1", needs="session")
    def documents(context: Context) -> Answers:
        return len(context.documents)

    # What retrieves often does not know of the session, and comes before the call that does.
    found = retrieved("doc", session_id="", trace_id=TRACE, **later(1))
    store.insert("spans", [found, answered("a", session_id="s1", trace_id=TRACE, **later(2))])
    watching = job(store, state, "session", Assignment(evaluator=documents))
    assert ran(watching, "r1") == Counts(scored=1)
    early = START - timedelta(hours=1)
    store.insert("spans", [answered("b", session_id="s2", start_time=early, stored_at=START + timedelta(seconds=3))])
    assert ran(watching, "r2") == Counts(scored=1)
    assert [(session, value) for *_, session, value in values(store)] == [("s1", 1), ("s2", 0)]


def test_what_was_said_before_stands_in_front_of_the_last_question(store: Store, state: State) -> None:
    seen = []

    @evaluator("probe", "1", needs="session")
    def probe(context: Context) -> bool:
        seen.append(context)
        return True

    calls = [answered("Paris.", "Capital?"), answered("Two million.", "How many live there?")]
    spans = [{**call, "session_id": "s", **later(n), "cost_usd": "0.5", "input_tokens": 3} for n, call in enumerate(calls)]
    store.insert("spans", spans)
    ran(job(store, state, "session", Assignment(evaluator=probe)), "r1")
    (context,) = seen
    assert (context.input, context.output) == ("Capital?\nParis.\nHow many live there?", "Two million.")
    assert (context.cost_usd, context.input_tokens, context.duration_ns) == (1.0, 6, 2_000_000_000)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), {"plain", "failed"}),
        (Selection(kinds=("tool",)), {"failed"}),
        (Selection(sample=0.0, always_failed=True), {"failed"}),
        (Selection(sample=0.0, slow_ms=10_000), {"plain"}),
    ],
)
def test_a_trace_is_chosen_for_any_of_its_spans(store: Store, state: State, selection: Selection, expected: set[str]) -> None:
    ids = {"plain": "a" * 32, "failed": "b" * 32}
    plain = [answered("a", trace_id=ids["plain"], **later(0)), answered("b", trace_id=ids["plain"], **later(20))]
    failed = [answered("a", trace_id=ids["failed"]), a_span(trace_id=ids["failed"], kind="tool", status_code="Error")]
    store.insert("spans", [*plain, *failed])
    ran(job(store, state, "trace", Assignment(evaluator=steps, selection=selection)), "r1")
    assert {row[1] for row in values(store)} == {ids[name] for name in expected}


def test_what_failed_for_a_passing_reason_is_asked_again_by_a_backfill(store: Store, state: State) -> None:
    answers: list[Answers] = [Failure(FailureKind.BUDGET, "spent"), 1.0]

    @evaluator("judge", "1", needs="trace")
    def judge(context: Context) -> Answers:
        return answers.pop(0)

    store.insert("spans", [answered("a")])
    watching = job(store, state, "trace", Assignment(evaluator=judge), grace_s=0)
    assert ran(watching, "r1") == Counts(failed=1)
    assert backfill(watching, "default", evaluators=["judge"], since=START - timedelta(days=1)) == ["judge"]
    assert ran(watching, "r2") == Counts(scored=1)
    assert [row[-1] for row in values(store)] == [1]


def test_what_was_refused_for_want_of_money_is_asked_again_only_when_there_is_some(store: Store, state: State) -> None:
    """Each run asks anew about the traces of its last minutes, of which nothing new may come for days."""

    class Judge:
        name, version, bounds = "judge", "1", None
        needs: Need = "trace"
        cap_usd_per_day: float | None = 1.0
        spent = True

        def is_spent(self) -> bool:
            return self.spent

        def evaluate(self, _context: Context) -> Answers:
            return Failure(FailureKind.BUDGET, "spent") if self.spent else 1.0

    judge = Judge()
    store.insert("spans", [answered("a")])
    watching = job(store, state, "trace", Assignment(evaluator=judge))
    assert [ran(watching, "r1"), ran(watching, "r2")] == [Counts(failed=1), Counts()]
    store.insert("spans", [answered("b")])
    assert ran(watching, "r3") == Counts(failed=1)
    judge.spent = False
    assert ran(watching, "r4") == Counts(scored=2)
    assert [row[-1] for row in values(store)] == [1, 1]


def test_what_became_of_a_spans_trace_is_told_in_a_sentence(store: Store, state: State) -> None:
    call = answered("a", trace_id=TRACE)
    store.insert("spans", [{**call, "session_id": ""}])
    watching = job(store, state)
    its = partial(why, watching, "default", span_id=call["span_id"], evaluator="steps")
    assert its() == f"Its trace '{TRACE}' will be scored by the first run of steps 1."
    ran(watching, "r1")
    assert re.fullmatch(rf"Its trace '{TRACE}' was scored 1\.0 by steps 1 at {_TIME} UTC\.", its())
    store.insert("spans", [{**answered("b", trace_id=TRACE), "session_id": ""}])
    went_on = f"Its trace '{TRACE}' went on since it was judged at {_TIME} UTC: it"
    read = rf"steps 1 has read what was stored until {_TIME} UTC\."
    assert re.fullmatch(rf"{went_on} will be scored by the next run; {read}", its())
    assert re.fullmatch(
        rf"{went_on} is not quiet, and waits at least \d+ s more\.",
        why(replace(watching, quiet_s=1e9), "default", **its.keywords),
    )
    sessions = job(store, state, "session")
    asked = {"project": "default", "span_id": call["span_id"], "evaluator": "turns"}
    assert why(sessions, **asked) == "It belongs to no session, and turns takes whole ones."


@pytest.mark.parametrize(
    ("selection", "rule"),
    [
        (Selection(environments=("prod",)), "none of its 2 spans has such an environment, and the evaluator takes prod"),
        (Selection(sample=0.0), "its trace is not in the sample of 0.00%"),
    ],
)
def test_the_first_rule_that_stopped_a_whole_is_named(store: Store, state: State, *, selection: Selection, rule: str) -> None:
    call = answered("a", trace_id=TRACE)
    store.insert("spans", [call, answered("b", trace_id=TRACE)])
    watching = job(store, state)
    chosen = replace(watching, assignments=tuple(replace(one, selection=selection) for one in watching.assignments))
    ran(chosen, "r1")
    told = why(chosen, "default", span_id=call["span_id"], evaluator="steps")
    assert told == f"Its trace '{TRACE}' is not scored, because {rule}."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (float("nan"), "tried, and failed with nan by judge 1 at {time} UTC: answered with NaN"),
        (Unscored("No step was taken."), "found not to apply by judge 1 at {time} UTC: No step was taken."),
        (
            Failure(FailureKind.BUDGET, "spent"),
            "tried, and failed with budget by judge 1 at {time} UTC: spent. Such a failure may pass; ",
        ),
    ],
)
def test_what_is_no_value_of_a_whole_is_told_with_its_reason(store: Store, state: State, *, said: Answers, told: str) -> None:
    class Judge:
        name, version, bounds = "judge", "1", None
        needs: Need = "trace"

        def evaluate(self, _context: Context) -> Answers:
            return said

    call = answered("a", trace_id=TRACE)
    store.insert("spans", [call])
    watching = job(store, state, "trace", Assignment(evaluator=Judge()))
    ran(watching, "r1")
    pattern = f"Its trace '{TRACE}' was {re.escape(told)}".replace(re.escape("{time}"), _TIME)
    assert re.match(pattern, why(watching, "default", span_id=call["span_id"], evaluator="judge"))
