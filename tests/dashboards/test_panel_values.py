"""What every panel shows of the shop's hour, worked out by hand from the spans in conftest.py, or of what elsewhere.py has."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.panels import PANELS, TimeRange, run_panel
from tests.dashboards.elsewhere import HOMES
from tests.dashboards.expected_elsewhere import EXPECTED_ELSEWHERE
from tests.dashboards.seeds import NOON

# Each test asks all panels, one after the other.
pytestmark = [pytest.mark.store, pytest.mark.timeout(120)]

_HOUR = TimeRange(start=NOON - timedelta(hours=1), end=NOON)
_EARLY, _LATE = NOON - timedelta(minutes=50), NOON - timedelta(minutes=20)
_ONE, _TWO, _THREE = (f"{number:032x}" for number in (1, 2, 3))
# Two calls of one and three seconds, and one of one second.
_EARLY_MS, _LATE_MS = (1000.0, 3000.0, 3000.0), (1000.0, 1000.0, 1000.0)

_EXPECTED: dict[str, list[tuple[object, ...]]] = {
    "calls-total": [(3,)],
    "error-rate-total": [(1 / 3,)],
    "latency-total": [(3000.0,)],
    "cost-total": [(0.002,)],
    "traffic": [(_EARLY, 2, 2, 2), (_LATE, 6, 1, 1)],
    "error-rate": [(_EARLY, "small", 0.5), (_LATE, "large", 0.0)],
    "latency-by-model": [(_EARLY, "small", *_EARLY_MS), (_LATE, "large", *_LATE_MS)],
    "scores-over-time": [(_EARLY, "groundedness", 0.8, 0.5), (_LATE, "groundedness", 0.4, 1.0)],
    "first-token-by-model": [(_EARLY, "small", 200.0), (_LATE, "large", 200.0)],
    "latency-heatmap": [(_EARLY, "  1.0 s", 1), (_EARLY, "  5.0 s", 1), (_LATE, "  1.0 s", 1)],
    "latency-by-release": [(_EARLY, "1", *_EARLY_MS), (_LATE, "2", *_LATE_MS)],
    "latency-by-provider": [(_EARLY, "openai", *_EARLY_MS), (_LATE, "openai", *_LATE_MS)],
    "output-speed": [(_EARLY, "small", 40 / 4), (_LATE, "large", 20 / 1)],
    "latency-by-prompt": [("answer", "1", 2, 1000.0, 3000.0)],
    "slowest-calls": [
        (_EARLY, _TWO, "support", "small", 3000.0, 20),
        (_EARLY, _ONE, "support", "small", 1000.0, 20),
        (_LATE, _THREE, "support", "large", 1000.0, 20),
    ],
    "cost-forecast": [(0.002 * 30 * 24,)],
    "cache-savings": [(50 * (4 - 1) / 1e6,)],
    "priced-share": [(2 / 3,)],
    # 200 tokens of input at 2 dollars a million, 40 of output at 5: two thirds and one third of what was paid.
    "cost-by-part": [(_EARLY, 0.002 * 2 / 3, 0.0, 0.0, 0.002 / 3, 0.0)],
    "cost-by-model": [(_EARLY, "small", 0.002)],
    "tokens-by-model": [(_EARLY, "small", 200, 40), (_LATE, "large", 100, 20)],
    "cost-per-call": [(_EARLY, "small", 0.001)],
    "cache-hits": [(_EARLY, "small", 0.0), (_LATE, "large", 0.5)],
    "cost-by-service": [("support", 0.002)],
    "cost-by-environment": [("prod", 0.002)],
    "cost-by-user": [("ann", 2, 240, 0.002), ("bob", 1, 120, None)],
    "cost-by-session": [("s1", 2, 240, 0.002), ("s2", 1, 120, None)],
    "scores-by-release": [("groundedness", "1", 0.8, 0.5), ("groundedness", "2", 0.4, 1.0)],
    "amounts-by-release": [("answer_length", "1", 40.0, 1.0), ("answer_length", "2", 1.0, 1.0)],
    "amounts-over-time": [(_EARLY, "answer_length", 40.0, 1.0), (_LATE, "answer_length", 1.0, 1.0)],
    "feedback": [(_LATE, "thumbs", 1.0, 1)],
    "score-distribution": [
        ("0.4 to 0.5", "groundedness", 1),
        ("0.8 to 0.9", "groundedness", 1),
        ("0.9 to 1", "answer_length", 1),
        ("0.9 to 1", "thumbs", 1),
    ],
    # Two values with a standard deviation of 0.4 / sqrt(2): the margin is 1.96 * 0.4 / 2.
    "score-summary": [
        ("answer_length", 2, 1.0, 20.5, 20.5 - 38.22, 20.5 + 38.22),
        ("groundedness", 3, 2 / 3, 0.6, 0.6 - 0.392, 0.6 + 0.392),
        ("thumbs", 1, 1.0, 1.0, None, None),
    ],
    "scores-by-prompt": [("groundedness", "answer", "1", 0.8, 0.5)],
    "lowest-scores": [
        (_LATE, "answer_length", 1.0, 20.5, _THREE, ""),
        (_LATE, "groundedness", 0.4, 0.6, _THREE, "weak"),
    ],
    "drift-over-time": [
        (NOON - timedelta(minutes=40), "duration_ns", "service support", 0.02, None, 0),
        (NOON - timedelta(minutes=10), "duration_ns", "service support", 0.4, 0.5, 1),
    ],
    "drift-alarms": [(NOON - timedelta(minutes=10), "duration_ns", "service support", 0.4, 0.001, 60.0, 200.0)],
    "errors-by-type": [(_EARLY, "timeout", 1)],
    "error-rate-by-service": [(_EARLY, "support", 0.5), (_LATE, "support", 0.0)],
    "finish-reasons": [(_EARLY, "length", 1), (_EARLY, "stop", 1), (_LATE, "length", 1)],
    "latest-errors": [(_EARLY, _TWO, "support", "chat small", "timeout", "no answer in time")],
    "steps-per-trace": [(_EARLY, 1.0, 1.0, 0.0), (_LATE, 6.0, 1.0, 3.0)],
    "repeated-tools": [(_THREE, "search", 3)],
    "agent-runs": [("helper", 1, 0.0, 4000.0, 4000.0)],
    "tool-calls": [("search", 3, 0.0, 1000.0, 1000.0)],
    "retrieval-traffic": [(_LATE, 1, 0, 0)],
    "retrieval-latency": [(_LATE, "support", 500.0, 500.0)],
    "retrieved-documents": [(_LATE, "support", 3.0)],
    "empty-retrievals": [(_LATE, "support", 0.0)],
    "retrieval-best-score": [(_LATE, "support", 0.75)],
    "training-loss": [(_EARLY, "r1", "train/loss", 3.0), (_LATE, "r1", "train/loss", 1.0)],
    "training-accuracy": [(_LATE, "r1", "eval_accuracy", 0.75)],
    "training-rate": [(_LATE, "r1", "lr", 0.001)],
    "training-speed": [(_LATE, "r1", "train/tokens_per_second", 500.0)],
    "training-resources": [
        (_LATE, "trainer", "DCGM_FI_DEV_GPU_UTIL", 0.8),
        (_LATE, "trainer", "process.cpu.utilization", 0.3),
    ],
    "training-runs": [(_LATE, "r1", "trainer", 4, 1800.0, 1.0, 1.0, 0.75)],
    "host-cpu": [(_LATE, "one", 0.25)],
    "host-memory": [(_LATE, "one", 0.6)],
    "host-disk": [(_LATE, "one", "/data", 0.9)],
    "process-cpu": [(_LATE, "trainer", "one", 0.3)],
    "process-memory": [(_LATE, "trainer", "one", 4096.0)],
    "gpu-utilisation": [(_LATE, "one", "0", 0.8), (_LATE, "two", "1", 0.3), (_LATE, "two", "g7", 0.5)],
    "gpu-memory": [(_LATE, "one", "0", 2.0 * 1024 * 1024)],
    "gpu-temperature": [(_LATE, "one", "0", 61.0)],
    "gpu-power": [(_LATE, "two", "g7", 250.0)],
    "users-total": [(2,)],
    "sessions-total": [(2,)],
    "sessions-and-users": [(_EARLY, 1, 1), (_LATE, 1, 1)],
    "longest-sessions": [("s1", "ann", 2, 2, 1, 0.002), ("s2", "bob", 1, 1, 0, None)],
    "evaluations": [
        (_EARLY, "answer_length", "scored", 1),
        (_EARLY, "groundedness", "scored", 1),
        (_EARLY, "groundedness", "unscored", 1),
        (_LATE, "answer_length", "scored", 1),
        (_LATE, "groundedness", "scored", 1),
    ],
    "evaluation-lag": [
        (_EARLY, "answer_length", 5.0, 5.0),
        (_EARLY, "groundedness", 5.0, 5.0),
        (_LATE, "answer_length", 5.0, 5.0),
        (_LATE, "groundedness", 5.0, 5.0),
    ],
    "evaluation-cost": [("groundedness", 3, 0.002), ("answer_length", 2, None)],
    "unscored-reasons": [("groundedness", "unscored", "no documents", 1)],
    # Received two seconds after the start: one second after the end of the call, and 1.5 after that of the retrieval.
    "ingest-delay": [(_EARLY, 1.0, 1.0), (_LATE, 1.5, 1.0)],
    "ingest-rate": [
        (_EARLY, "metric points", 2),
        (_EARLY, "scores", 3),
        (_EARLY, "spans", 2),
        (_LATE, "metric points", 24),
        (_LATE, "scores", 3),
        (_LATE, "spans", 6),
    ],
    "rejected-requests": [(_LATE, "traces", "malformed", 1)],
    # One of three calls failed, where one of a hundred may; one more was made an hour and a half ago.
    "slo-by-service": [
        ("support", "no error", 0.99, 3, 2 / 3, 1 - (1 / 3) / 0.01),
        ("support", "within 10 s", 0.95, 3, 1.0, 1.0),
    ],
    "slo-by-model": [
        ("support", "small", "no error", 0.99, 2, 1 / 2, 1 - (1 / 2) / 0.01),
        ("support", "large", "no error", 0.99, 1, 1.0, 1.0),
        ("support", "large", "within 10 s", 0.95, 1, 1.0, 1.0),
        ("support", "small", "within 10 s", 0.95, 2, 1.0, 1.0),
    ],
    "burn-rates": [
        ("support", "no error", None, 0.0, (1 / 3) / 0.01, *((1 / 4) / 0.01,) * 3),
        ("support", "within 10 s", None, *(0.0,) * 5),
    ],
    "error-budget-left": [(_EARLY, "support", 1 - 1 / (3 * 0.01)), (_LATE, "support", 1 - 1 / (3 * 0.01))],
    "burn-rate-errors": [(_EARLY, "support", (1 / 2) / 0.01), (_LATE, "support", 0.0)],
    "burn-rate-latency": [(_EARLY, "support", 0.0), (_LATE, "support", 0.0)],
    "first-token-heatmap": [(_EARLY, "  0.2 s", 2), (_LATE, "  0.2 s", 1)],
    # 0.8 and 2.8 seconds for the nineteen tokens after the first.
    "token-time-heatmap": [(_EARLY, "  50 ms", 1), (_EARLY, " 200 ms", 1), (_LATE, "  50 ms", 1)],
    "first-token-by-prompt": [("answer", "1", 2, 200.0, 200.0, 200.0)],
    "latency-by-user": [("ann", 2, 3000.0, 3000.0), ("bob", 1, 1000.0, 1000.0)],
    "budget-spent": [(_EARLY, "support", 0.002 / (50 / 60))],
    "tokens-by-type": [(_EARLY, 200, 0, 0, 0, 40, 0, 0), (_LATE, 20, 30, 50, 0, 8, 12, 0)],
    "tokens-per-call": [(_EARLY, "small", 100.0, 20.0), (_LATE, "large", 100.0, 20.0)],
    "calls-by-model": [(_EARLY, "small", 2), (_LATE, "large", 1)],
    "models": [("openai", "small", 2, 1 / 2, 200, 40, 0.002), ("openai", "large", 1, 0.0, 100, 20, None)],
    "cost-by-prompt": [("answer", "1", 2, 240, 0.002, 0.001)],
    "use-cases": [("(unnamed)", 2, 1000.0, 1000.0, 0.001, 0.001), ("chat small", 1, 3000.0, 3000.0, 0.001, 0.001)],
    "tool-traffic": [(_LATE, 3, 0)],
    "calls-by-segment": [
        ("environment", "prod", 3),
        ("operation", "chat", 3),
        ("provider", "openai", 3),
        ("service", "support", 3),
    ],
    "score-labels": [("groundedness", "weak", 1)],
    "scores-by-source": [
        (_EARLY, "evaluator", "span", 2),
        (_LATE, "client", "span", 1),
        (_LATE, "evaluator", "span", 2),
    ],
    "scores-by-target": [
        ("answer_length", "span", 2, 20.5, 1.0, 40.0),
        ("groundedness", "span", 2, 0.6, 0.4, 0.8),
        ("thumbs", "span", 1, 1.0, 1.0, 1.0),
    ],
}


def test_every_panel_has_its_expected_values() -> None:
    assert set(HOMES) == set(EXPECTED_ELSEWHERE)
    assert sorted([*_EXPECTED, *EXPECTED_ELSEWHERE]) == sorted(panel.id for panel in PANELS)


def test_every_panel_shows_what_python_computes(shop: Store) -> None:
    found = {}
    for panel in PANELS:
        result = run_panel(shop, panel, project=HOMES.get(panel.id, "shop"), time_range=_HOUR, filters={})
        found[panel.id] = [tuple(_rounded(cell) for cell in row) for row in result.rows]
    both = {**_EXPECTED, **EXPECTED_ELSEWHERE}
    expected = {panel: [tuple(_rounded(cell) for cell in row) for row in rows] for panel, rows in both.items()}
    assert found == expected


def _rounded(cell: object) -> object:
    return round(cell, 6) if isinstance(cell, float) else cell.timestamp() if isinstance(cell, datetime) else cell
