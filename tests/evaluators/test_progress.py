"""How far evaluators have come, and why a span has no score."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import Query, State, Store
from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, evaluator
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.progress import Backlog, backfill, backlogs
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.reading import open_backfills
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import Selection
from spanhouse_evaluators.why import why
from tests.evaluators.conftest import START, answered, ran, table

pytestmark = pytest.mark.store


@evaluator("broken", "3")
def broken(context: Context) -> float:
    raise ValueError


def job(store: Store, state: State, **selection: object) -> QualityJob:
    chosen = Selection(**selection)  # type: ignore[arg-type]  # keyword arguments of a test
    assignments = tuple(Assignment(evaluator=e, selection=chosen) for e in (refusal, groundedness, broken))
    return QualityJob(store=store, state=state, assignments=assignments)


def test_a_backlog_shrinks_as_portions_are_done(store: Store, state: State) -> None:
    spans = [answered("a", stored_at=START + timedelta(minutes=5 * n)) for n in range(4)]
    store.insert("spans", [*spans, answered("a", kind="tool")])
    watching = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=refusal),), batch_spans=3)

    def left() -> Backlog:
        return backlogs(watching)[0]

    assert left() == Backlog(project="default", evaluator="refusal", version="2", spans=4, read_until_ms=0)
    portions = watching.run("r1")
    next(portions)
    assert left().spans == 1
    next(portions)
    assert left().spans == 0
    assert left().read_until_ms == (START + timedelta(minutes=15)).timestamp() * 1000


def test_evaluators_that_have_read_equally_far_are_counted_for_once(
    store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks at the figures asks for it again and again, before the first run over everything that is stored."""
    store.insert("spans", [answered("a"), answered("b")])
    watching = job(store, state)
    asked = list[str]()
    query = store.query

    def counting(wanted: Query, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        asked.append(wanted.name)
        return query(wanted, params)

    monkeypatch.setattr(store, "query", counting)
    assert [backlog.spans for backlog in backlogs(watching)] == [2, 2, 2]
    assert asked.count("backlog") == 1


def test_what_became_of_a_span_is_told_in_a_sentence(store: Store, state: State) -> None:
    call = answered("I cannot help.")
    store.insert("spans", [call])
    watching = job(store, state)
    asked = {"span_id": call["span_id"], "project": "default"}
    assert why(watching, **asked, evaluator="refusal") == ("It will be scored by the first run of refusal 2.")
    ran(watching, "r1")
    assert why(watching, **asked, evaluator="refusal").startswith("It was scored true by refusal 2 at 20")
    assert why(watching, **asked, evaluator="refusal").endswith(" UTC: opens with 'i cannot'")
    assert why(watching, **asked, evaluator="groundedness").startswith("It was found not to apply by groundedness 2 at 20")
    assert why(watching, **asked, evaluator="groundedness").endswith(" UTC: no retrieved context")
    assert why(watching, **asked, evaluator="broken").startswith("It was tried, and failed with exception by broken 3")


def test_a_backfill_makes_up_what_failed_for_a_passing_reason_and_nothing_else(store: Store, state: State) -> None:
    away, asked = True, list[str]()

    @evaluator("judge", "1")
    def judge(context: Context) -> Answers:
        asked.append(context.output)
        return Failure(FailureKind.ENDPOINT, "nobody there") if away and context.output == "b" else 1.0

    hour = timedelta(hours=1)
    store.insert("spans", [answered(text, stored_at=START + n * hour) for n, text in enumerate("abcd")])
    assignments = (Assignment(evaluator=judge), Assignment(evaluator=broken))
    watching = QualityJob(store=store, state=state, assignments=assignments)
    assert ran(watching, "r1") == Counts(scored=3, failed=5)
    away = False
    assert ran(watching, "r2") == Counts()
    backfill(watching, "default", evaluators=["judge", "broken"], since=START + 2 * hour)
    assert ran(watching, "r3") == Counts()
    backfill(watching, "default", evaluators=["judge", "broken"], since=START)
    assert ran(watching, "r4") == Counts(scored=1)
    assert asked == ["a", "b", "c", "d", "b"]
    assert table(store, "SELECT status, count() AS n FROM scores FINAL WHERE name = 'judge' GROUP BY status") == [
        {"status": "scored", "n": 4}
    ]


@pytest.mark.parametrize(("project", "named"), [("default", ""), ("shop", " --project shop")])
def test_why_says_how_a_failure_that_may_pass_is_asked_about_again(store: Store, state: State, project: str, named: str) -> None:
    away = True

    @evaluator("judge", "1")
    def judge(context: Context) -> Answers:
        return Failure(FailureKind.BUDGET, "the budget of 5.0 USD a day is spent") if away else 1.0

    call = answered("a", project=project, stored_at=START)
    store.insert("spans", [call])
    watching = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))
    ran(watching, "r1")
    asked = {"span_id": call["span_id"], "evaluator": "judge"}
    said = why(watching, project, **asked)
    assert said.startswith("It was tried, and failed with budget by judge 1 at 20")
    assert said.endswith(
        " UTC: the budget of 5.0 USD a day is spent. Such a failure may pass; "
        f"`spanhouse backfill judge --since 2026-11-23T12:00:00{named}` has it asked again."
    )
    backfill(watching, project, evaluators=["judge"], since=datetime.fromisoformat("2026-11-23T12:00:00+00:00"))
    assert why(watching, project, **asked).endswith(" is spent. The backfill that was asked for asks again, in the next runs.")
    away = False
    ran(watching, "r2")
    assert why(watching, project, **asked).startswith("It was scored 1.0 by judge 1 at 20")


@pytest.mark.parametrize(
    ("selection", "rule"),
    [
        ({"kinds": ("tool",)}, "its kind is 'llm', and the evaluator takes tool"),
        ({"models": ("large", "huge")}, "its model is 'small', and the evaluator takes large, huge"),
        ({"environments": ("prod",)}, "its environment is 'test', and the evaluator takes prod"),
        ({"sample": 0.0}, "its trace is not in the sample of 0.00%"),
        ({"environments": ("prod",), "sample": 0.0}, "its environment is 'test', and the evaluator takes prod"),
    ],
)
def test_the_first_rule_that_stopped_a_span_is_named(store: Store, state: State, selection: dict[str, object], rule: str) -> None:
    call = answered("a", environment="test")
    store.insert("spans", [call])
    watching = job(store, state, **selection)
    ran(watching, "r1")
    assert why(watching, "default", span_id=call["span_id"], evaluator="refusal") == f"It is not scored, because {rule}."


def test_a_span_that_settles_or_does_not_exist_is_told_apart(store: Store, state: State) -> None:
    call = answered("a")
    del call["stored_at"]
    store.insert("spans", [call])
    watching = job(store, state)
    assert why(watching, "default", span_id=call["span_id"], evaluator="refusal").startswith("It waits ")
    assert why(watching, "default", span_id="f" * 16, evaluator="refusal") == (
        "No span 'ffffffffffffffff' is stored in project 'default'; give a span's id, and its project with --project."
    )
    assert why(watching, "nowhere", span_id=call["span_id"], evaluator="refusal") == (
        "Project 'nowhere' has no span here; choose from default."
    )
    with pytest.raises(NotFound, match="No job runs an evaluator 'nope'; choose from refusal, groundedness, broken"):
        why(watching, "default", span_id=call["span_id"], evaluator="nope")


def test_what_a_backfill_has_still_to_read_is_not_asked_for_twice(store: Store, state: State) -> None:
    store.insert("spans", [answered("a")])
    watching, day = job(store, state), timedelta(days=1)

    def open_stretches() -> list[tuple[timedelta, timedelta]]:
        found = [(backfill.from_ms, backfill.until_ms) for backfill in open_backfills(state, "default")]
        first_ms = int(START.timestamp() * 1000)
        return sorted(
            (timedelta(milliseconds=first - first_ms), timedelta(milliseconds=last - first_ms)) for first, last in found
        )

    for first, last in ((0, 2), (0, 2), (1, 2), (-1, 1), (-2, 4)):
        backfill(watching, "default", evaluators=["refusal"], since=START + first * day, until=START + last * day)
    assert open_stretches() == [(-2 * day, -1 * day), (-1 * day, 0 * day), (0 * day, 2 * day), (2 * day, 4 * day)]
    # The first run has all that is stored to make up, too.
    ran(watching, "r1")
    assert open_stretches() == []


def test_what_is_new_does_not_wait_for_a_backfill_which_goes_on_where_it_stopped(store: Store, state: State) -> None:
    minute = timedelta(minutes=1)
    store.insert("spans", [answered("old", stored_at=START + n * minute) for n in range(4)])
    # Time is always up, so that a run does one portion of the backfill.
    settings: dict[str, Any] = {"assignments": (Assignment(evaluator=refusal),), "batch_spans": 1, "interval_s": 0.0}
    first = QualityJob(store=store, state=state, **settings)
    assert ran(first, "r1") == Counts(scored=1)
    store.insert("spans", [answered("new", stored_at=START + 9 * minute)])
    second = QualityJob(store=store, state=state, **settings)
    assert ran(second, "r2").scored >= 2
    new = table(store, "SELECT count() AS n FROM scores WHERE trace_id = (SELECT max(trace_id) FROM spans)")
    assert new == [{"n": 1}]
    for _ in range(4):
        ran(second, "r3")
    assert backlogs(second)[0].spans == 0
    assert table(store, "SELECT count() AS n FROM scores") == [{"n": 5}]
