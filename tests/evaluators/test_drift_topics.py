"""Topics of what users ask, with the real model, in the drift job."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.drift.frozen import ALL_CALLS, forget_references, references, vectors_of
from spanhouse_evaluators.jobs.drift import DriftJob
from spanhouse_evaluators.quality import embeddings
from spanhouse_evaluators.runs import Counts
from tests.evaluators.conftest import START, answered, ran, table

pytestmark = pytest.mark.store

N = 60
_SHOPPING = (
    "return shoes that are too small",
    "track the parcel",
    "change the delivery address",
    "pay by invoice",
    "use a voucher",
)
_COOKING = ("cook rice", "bake bread without yeast", "season a soup", "roast a chicken", "make pasta dough")


def asked(hour: int, about: tuple[str, ...], **columns: Any) -> list[dict[str, Any]]:
    """Return calls spread over an hour after START, each with a question on one of the subjects."""
    return [
        answered(
            "Like this.",
            f"How do I {about[i % len(about)]}, order {i}?",
            start_time=START + timedelta(hours=hour, seconds=1 + 50 * i),
            stored_at=START + timedelta(hours=hour + 1),
            **columns,
        )
        for i in range(N)
    ]


def job(store: Store, state: State, *, topics: int = 40) -> DriftJob:
    return DriftJob(store=store, state=state, min_reference=N, max_reference=N, topics=topics)


def found(store: Store) -> list[dict[str, Any]]:
    return table(
        store,
        "SELECT dateDiff('hour', toDateTime('2026-11-23 12:00:00', 'UTC'), window_start) AS hour, status, alarm, reason, details "
        "FROM measurements FINAL WHERE evaluator = 'drift' AND name = 'topics' ORDER BY hour",
    )


def test_other_questions_are_found_and_the_same_ones_are_not(store: Store, state: State) -> None:
    store.insert("spans", [*asked(0, _SHOPPING), *asked(1, _SHOPPING), *asked(2, _COOKING, release="2.0")])
    ran(job(store, state), "r1")
    rows = found(store)
    assert [(row["hour"], row["alarm"]) for row in rows] == [(1, False), (2, True)]
    assert {"classifier", "classifier_p_value", "mmd", "mmd_p_value", "n_reference", "n_current"} <= set(rows[1]["details"])
    assert rows[1]["details"]["n_reference"] == rows[1]["details"]["n_current"] == 40
    reference = references(state, "default")["duration", ALL_CALLS]
    kept = vectors_of(state, "default", reference=reference)
    assert kept is not None
    assert kept.shape == (40, 384)
    forget_references(state, "default")
    assert vectors_of(state, "default", reference=reference) is None


def test_topics_are_left_out_unless_asked_for(store: Store, state: State) -> None:
    store.insert("spans", [*asked(0, _SHOPPING), *asked(1, _COOKING)])
    ran(job(store, state, topics=0), "r1")
    assert found(store) == []


def test_what_topics_lack_is_the_reason(store: Store, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    store.insert("spans", [*asked(0, _SHOPPING), *asked(1, _SHOPPING)[:10]])
    ran(job(store, state), "r1")
    assert [(row["status"], row["reason"], row["details"]) for row in found(store)] == [
        ("unscored", "the window has 10 questions, fewer than 20", {"n_current": 10})
    ]
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    store.insert("spans", asked(2, _SHOPPING))
    ran(job(store, state), "r2")
    assert found(store)[-1]["status"] == "unscored"
    assert "install spanhouse-server[embeddings]" in found(store)[-1]["reason"]


def test_a_run_may_stop_before_it_has_embedded_all_windows_and_the_next_one_makes_them_up(store: Store, state: State) -> None:
    """The questions of a window take seconds: a service that ends, or takes over another file, must not wait for all of them."""
    store.insert("spans", [*asked(0, _SHOPPING), *asked(1, _SHOPPING), *asked(2, _COOKING)])
    running = job(store, state).run("r1")
    assert next(running).scored > 0
    assert table(store, "SELECT countIf(name = 'duration') > 0 AS is_there FROM measurements") == [{"is_there": 1}]
    assert next(running) == next(running) == Counts()
    assert isinstance(running, Generator)
    running.close()
    assert found(store) == []
    ran(job(store, state), "r2")
    assert [(row["hour"], row["alarm"]) for row in found(store)] == [(1, False), (2, True)]
