"""What the drift job watches besides numbers of all calls: other segments than models, mixes of models and tools, and scores."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from scipy import stats

from spanhouse_collector.storage import Query, State, Store
from spanhouse_evaluators.drift.frozen import Segment, references
from spanhouse_evaluators.jobs import drift_counting
from spanhouse_evaluators.jobs.drift import DriftJob
from tests.evaluators.conftest import START, a_span, ran, table
from tests.evaluators.test_drift_job import N, calls, found

pytestmark = pytest.mark.store


def a_job(store: Store, state: State, **settings: Any) -> DriftJob:
    return DriftJob(store=store, state=state, **{"max_reference": N, **settings})


def alarms(store: Store, where: str) -> list[tuple[Any, ...]]:
    return [(row["name"], row["hour"], *row["segment"].values(), row["alarm"]) for row in found(store, where)]


def scores(hour: int, values: Sequence[float | None], labels: Sequence[str] = ("",), **columns: Any) -> list[dict[str, Any]]:
    """Return scores of calls spread over an hour after START; values and labels are given out in turn."""
    return [
        {
            "project": "default",
            "time": START + timedelta(hours=hour, seconds=1 + 3_500 * i / N),
            "scored_at": START + timedelta(hours=hour + 2),
            "target": "span",
            "trace_id": f"{hour:016x}{i:016x}",
            "span_id": f"{i:016x}",
            "name": "refusal",
            "source": "evaluator",
            "evaluator": "refusal",
            "evaluator_version": "1",
            "status": "scored",
            "value": values[i % len(values)],
            "label": labels[i % len(labels)],
            "release": "1.0",
            "model": "small",
            **columns,
        }
        for i in range(N)
    ]


@pytest.mark.parametrize(
    ("key", "column"), [("provider", "provider"), ("prompt", "prompt_name"), ("service", "service"), ("model", "response_model")]
)
def test_each_segment_is_compared_with_what_it_was(store: Store, state: State, key: str, column: str) -> None:
    for value, factor in (("still", 1.0), ("slower", 3.0)):
        named: dict[str, Any] = {"request_model": "", column: value}
        store.insert("spans", [*calls(0, **named), *calls(1, factor, **named)])
    ran(a_job(store, state, segments=(key,)), "r1")
    where = f"name = 'duration' AND mapContains(segment, '{key}')"
    assert alarms(store, where) == [("duration", 1, "slower", True), ("duration", 1, "still", False)]
    (overall,) = found(store, "name = 'duration' AND empty(segment)")
    named_as = "slower" if key == "model" else f"{key} slower"
    assert overall["reason"].partition("moved most: ")[2].partition(" (")[0] == named_as


def test_releases_are_compared_with_the_reference_of_all_calls(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1), *calls(1, 3.0, release="2.0")])
    ran(a_job(store, state, segments=("release",)), "r1")
    assert alarms(store, "notEmpty(segment)") == [("duration", 1, "1.0", False), ("duration", 1, "2.0", True)]
    assert {segment for _, segment in references(state, "default")} == {Segment()}


def test_only_the_segments_that_are_asked_for_are_watched(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0, service="a"), *calls(1, service="a")])
    ran(a_job(store, state, segments=()), "r1")
    assert found(store, "notEmpty(segment)") == []


def test_the_segments_with_most_calls_are_watched(store: Store, state: State) -> None:
    for service, n in (("busy", 2 * N), ("quiet", N)):
        store.insert("spans", [*calls(0, n=n, service=service), *calls(1, n=n, service=service)])
    ran(a_job(store, state, segments=("service",), max_segments=1), "r1")
    assert alarms(store, "notEmpty(segment)") == [("duration", 1, "busy", False)]


def test_segments_are_counted_alike_one_column_at_a_time(store: Store, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, service in enumerate(("a", "b", "c")):
        columns: dict[str, Any] = {"service": service, "provider": f"of {number % 2}", "release": f"{number}", "prompt_name": "p"}
        store.insert("spans", [*calls(0, **{**columns, "release": "0"}), *calls(1, 1 + number, **columns)])
    ran(a_job(store, state), "r1")
    at_once = found(store, "true")
    store.execute(Query(name="truncate", text="TRUNCATE TABLE measurements"))
    later = {"kind": "tool", "start_time": START + timedelta(hours=1, seconds=2), "stored_at": START + timedelta(days=1)}
    store.insert("spans", [a_span(**later)])
    monkeypatch.setattr(drift_counting, "MAX_CELLS", 1)
    ran(a_job(store, state), "r2")
    assert found(store, "true") == at_once
    assert {key for row in at_once for key in row["segment"]} == {"model", "provider", "prompt", "release", "service"}


def test_another_model_behind_the_same_name_is_found(store: Store, state: State) -> None:
    answered = {
        hour: [*calls(hour, response_model="small-1"), *calls(hour, n=N // 10, response_model="small-2")] for hour in (0, 1)
    }
    swapped = [*calls(2, response_model="small-2"), *calls(2, n=N // 10, response_model="small-3")]
    store.insert("spans", [*answered[0], *answered[1], *swapped])
    ran(a_job(store, state, max_reference=11 * N // 10), "r1")
    assert alarms(store, "name = 'model_mix' AND (empty(segment) OR mapContains(segment, 'model'))") == [
        ("model_mix", 1, False),
        ("model_mix", 1, "small", False),
        ("model_mix", 2, True),
        ("model_mix", 2, "small", True),
    ]
    row = found(store, "name = 'model_mix' AND empty(segment)")[-1]
    expected = stats.chi2_contingency([[N, N // 10, 0], [0, N, N // 10]], correction=False)
    assert row["details"]["chi_square"] == pytest.approx(expected.statistic, abs=1e-9)


def test_other_tools_are_found(store: Store, state: State) -> None:
    tools = {0: ("search", "search", "weather"), 1: ("search", "search", "weather"), 2: ("search", "weather", "shell")}
    for hour, names in tools.items():
        store.insert("spans", calls(hour, service="agent"))
        called = calls(hour, kind="tool", service="agent", request_model="")
        store.insert("spans", [{**call, "tool_name": names[i % 3]} for i, call in enumerate(called)])
    ran(a_job(store, state, segments=("service", "model")), "r1")
    assert alarms(store, "name = 'tool_mix'") == [
        ("tool_mix", 1, False),
        ("tool_mix", 1, "agent", False),
        ("tool_mix", 2, True),
        ("tool_mix", 2, "agent", True),
    ]


def test_a_rate_of_refusals_that_rises_is_found(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1), *calls(2)])
    one_in_ten, one_in_four = [1.0, *[0.0] * 9], [1.0, 0.0, 0.0, 0.0]
    store.insert("scores", [*scores(0, one_in_ten), *scores(1, one_in_ten), *scores(2, one_in_four)])
    ran(a_job(store, state), "r1")
    rows = found(store, "name = 'score_refusal' AND empty(segment)")
    assert [(row["hour"], row["alarm"], row["value"]) for row in rows] == [
        (1, False, pytest.approx(0.0)),
        (2, True, pytest.approx(0.15)),
    ]
    assert alarms(store, "name = 'score_refusal' AND segment['model'] = 'small'")[-1] == ("score_refusal", 2, "small", True)


def test_a_rate_is_compared_as_two_shares(store: Store, state: State) -> None:
    """At these sizes KS, whose p-value is for numbers that are all different, is far from sure: its p is 0.03."""
    store.insert("spans", [*calls(0), *calls(1)])
    store.insert("scores", [*scores(0, [1.0, *[0.0] * 9]), *scores(1, [1.0, *[0.0] * 4])])
    ran(a_job(store, state), "r1")
    (row,) = found(store, "name = 'score_refusal' AND empty(segment)")
    expected = stats.chi2_contingency([[9 * N // 10, N // 10], [4 * N // 5, N // 5]], correction=False)
    assert row["value"] == pytest.approx(0.1)
    assert row["details"]["chi_square_p_value"] == pytest.approx(expected.pvalue, abs=1e-9)
    assert row["details"]["p_value"] < 0.001
    assert row["alarm"]


LIKE, LESS = [0.9 + i / 10_000 for i in range(1_000)], [0.89 + i / 10_000 for i in range(1_000)]


@pytest.mark.parametrize(
    ("settings", "later", "alarm"),
    [({}, LESS, False), ({"score_effects": {"refusal": 0.005}}, LESS, True), ({}, [value - 0.2 for value in LIKE], True)],
)
def test_scores_count_by_how_far_they_moved_in_their_own_unit(
    store: Store, state: State, settings: dict[str, Any], later: list[float], alarm: bool
) -> None:
    """A hundredth less moves a tenth of these scores past some point, and is no drift unless it is declared to be."""
    store.insert("spans", [*calls(0), *calls(1)])
    store.insert("scores", [*scores(0, LIKE), *scores(1, later)])
    ran(a_job(store, state, **settings), "r1")
    (row,) = found(store, "name = 'score_refusal' AND empty(segment)")
    assert row["value"] >= 0.09
    assert row["details"]["p_value"] < 0.01
    assert row["alarm"] is alarm
    assert row["details"]["distance"] == pytest.approx(stats.wasserstein_distance(LIKE[:N], later[:N]), abs=1e-3)
    assert f"moved by {row['details']['distance']:.3g} (counts from " in row["reason"]


def test_a_rate_counts_from_hundredths_as_other_shares_do(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1)])
    store.insert("scores", [*scores(0, [0.0]), *scores(1, [1.0, *[0.0] * 19])])
    ran(a_job(store, state), "r1")
    (row,) = found(store, "name = 'score_refusal' AND empty(segment)")
    assert (row["details"]["distance"], row["details"]["least_distance"]) == (pytest.approx(0.05), 0.03)


def test_labels_are_compared_as_categories(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1)])
    said: dict[str, Any] = {"name": "language", "evaluator": "language"}
    store.insert("scores", [*scores(0, [None], ["en", "en", "de"], **said), *scores(1, [None], ["en", "fr"], **said)])
    ran(a_job(store, state), "r1")
    (row,) = found(store, "name = 'score_language' AND empty(segment)")
    assert row["alarm"]
    assert "chi_square" in row["details"]


def test_scores_that_come_after_their_window_was_compared_are_met(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1)])
    job = a_job(store, state)
    ran(job, "r1")
    assert found(store, "startsWith(name, 'score_')") == []
    store.insert("scores", [*scores(0, [0.0, 1.0]), *scores(1, [0.0, 1.0])])
    ran(job, "r2")
    assert alarms(store, "name = 'score_refusal' AND empty(segment)") == [("score_refusal", 1, False)]


def test_another_version_of_an_evaluator_has_a_reference_of_its_own(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1)])
    job = a_job(store, state)
    store.insert("scores", [*scores(0, [0.2, 0.4]), *scores(1, [0.2, 0.4])])
    ran(job, "r1")
    newer: dict[str, Any] = {"evaluator_version": "2", "scored_at": START + timedelta(days=1)}
    store.insert("scores", [*scores(0, [0.6, 0.8], **newer), *scores(1, [0.6, 0.8], **newer)])
    ran(job, "r2")
    assert alarms(store, "name = 'score_refusal' AND empty(segment)") == [("score_refusal", 1, False)]


def test_lengths_of_spans_from_before_are_known(store: Store) -> None:
    store.insert("spans", [a_span(content={"gen_ai.input.messages": "four", "gen_ai.output.messages": ""})])
    assert table(store, "SELECT input_bytes, output_bytes FROM spans") == [{"input_bytes": 4, "output_bytes": 0}]
