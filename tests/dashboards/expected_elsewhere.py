"""What panels show of the projects in elsewhere.py over the hour before noon, worked out by hand from their rows."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt

from tests.dashboards.seeds import NOON

_EARLY, _LATE = NOON - timedelta(minutes=50), NOON - timedelta(minutes=20)
# Half a day of the 2nd of November and 28 more are left; three whole days cost 6, 2 and 1 dollars, a mean of 3.
_REST, _DAYS, _MEAN_USD, _SO_FAR_USD = 28.5, 3, 3.0, 6.5
_DEVIATION_USD = sqrt((3**2 + 1**2 + 2**2) / (_DAYS - 1))
_MARGIN_USD = 1.96 * _DEVIATION_USD * sqrt(_REST + _REST**2 / _DAYS)
_FORECAST_USD = _SO_FAR_USD + _MEAN_USD * _REST
_BUDGET_USD = 30 * 24 * 50.0
# Lines were 30 before the hour, by a counter that began earlier, and 42 in it.
_WORK = (1, 0.5, 5000.0, 42.0 - 30.0, 5.0, 2.0, 1.0, 3 / 4, 90.0)
# Two values of an experiment, and two differences between pairs, lie 0.4 and 0.2 apart: 1.96 deviations of their mean.
_SPREAD, _NARROW, _OF_PAIRS = 1.96 * 0.4 / 2, 1.96 * 0.2 / 2, 1.96 * 0.2 / 2

EXPECTED_ELSEWHERE: dict[str, list[tuple[object, ...]]] = {
    "rate-limits": [(_EARLY, "openai", "small", 1), (_LATE, "openai", "small", 1)],
    "retries": [(_EARLY, 1, 0, 0), (_LATE, 0, 0, 2)],
    # Four seconds until the next try, and two calls of two seconds and one that nobody tried again.
    "retries-by-model": [("support", "small", 3, 1, 1, 4.0 + 2.0 + 1.0)],
    "mcp-traffic": [(_LATE, "tools/call", 2), (_LATE, "tools/list", 1)],
    "mcp-latency": [(_LATE, "tools/call", 1000.0, 3000.0), (_LATE, "tools/list", 1000.0, 1000.0)],
    "mcp-errors": [(_LATE, "tools/call", "tool_error", 1)],
    "mcp-servers": [
        ("tools.example:8080", "client", "support", 2, 1, 1 / 2, 1000.0, 3000.0),
        ("tool-server", "server", "tool-server", 1, 0, 0.0, 1000.0, 1000.0),
    ],
    "mcp-tools": [("tools.example:8080", "search", "client", 2, 1 / 2, 1000.0, 3000.0)],
    "guardrail-traffic": [(_EARLY, "support", 2), (_LATE, "support", 3)],
    "guardrail-objections": [(_EARLY, "pii", 1 / 2), (_LATE, "injection", 2 / 3)],
    "guardrails": [
        ("injection", "support", 3, 2 / 3, 1 / 3, 1000.0, 1000.0),
        ("pii", "support", 2, 1 / 2, 0.0, 1000.0, 1000.0),
    ],
    "filtered-answers": [(_LATE, "small", 1 / 2)],
    "retrievals-total": [(4,)],
    "retrieval-success": [(3 / 4,)],
    "retrieval-sources": [("qdrant", "manual", "query", "support", 4, 1 / 4, 1 / 3, 1000.0, 2000.0)],
    "top-documents": [("a", 2, 1, (0.5 + 1.0) / 2), ("b", 1, 1, None)],
    "experiment-runs": [("terse", _LATE, 2, 2, 0.0, 1000.0, 0.002), ("plain", _EARLY, 2, 2, 1 / 2, 1000.0, 0.002)],
    "experiment-means": [("groundedness", "plain", 0.6), ("groundedness", "terse", 0.8)],
    "experiments": [
        ("terse", "groundedness", 2, 1.0, 0.8, 0.8 - _SPREAD, 0.8 + _SPREAD),
        ("terse", "tone", 1, 0.0, None, None, None),
        ("plain", "groundedness", 2, 1.0, 0.6, 0.6 - _NARROW, 0.6 + _NARROW),
    ],
    "experiment-pairs": [("terse", "plain", "groundedness", 2, 0.6, 0.8, 0.2, 0.2 - _OF_PAIRS, 0.2 + _OF_PAIRS)],
    "store-size": [(_LATE, "spans", 4096.0)],
    "journal-lag": [(_LATE, "traces", 3 * 2.0)],
    "journal-backlog": [(_LATE, "traces", 100.0 + 3 * 100.0)],
    "query-cost": [(_EARLY, "Latency", 1.0), (_LATE, "Latency", 0.5 + 0.25)],
    "coding-sessions-total": [(2,)],
    "coding-users-total": [(1,)],
    "coding-cost-total": [(0.5 + 0.002,)],
    "coding-lines-total": [(12.0 + 5.0,)],
    "coding-acceptance": [(3 / 4,)],
    "coding-sessions": [(_EARLY, "Claude Code", 1, 1), (_LATE, "Claude Code", 1, 1), (_LATE, "Codex", 1, 0)],
    "coding-cost": [(_LATE, "Claude Code", "opus", 0.5), (_LATE, "Codex", "code", 0.002)],
    "coding-tokens": [(_LATE, "cache read", 4000.0 + 60.0), (_LATE, "input", 1000.0 + 40.0), (_LATE, "output", 20.0)],
    "coding-lines": [(_EARLY, 0.0, 0.0), (_LATE, 12.0, 5.0)],
    "coding-decisions": [(_LATE, "Claude Code", 1, 0), (_LATE, "Codex", 1, 1)],
    "coding-commits": [(_LATE, 2.0, 1.0)],
    "coding-outcomes": [("pull request", 1, 0.5)],
    "coding-tools": [
        ("Claude Code", "Edit", 1, 0.0, 200.0, 200.0, 1, 1.0),
        ("Claude Code", "mcp__github__search", 1, 1.0, 200.0, 200.0, 0, None),
        ("Codex", "shell", 1, 0.0, 400.0, 400.0, 2, 1 / 2),
    ],
    "coding-mcp-servers": [("Claude Code", "github", 1, 1, 1.0, 200.0)],
    "coding-by-user": [("ann@example.com", *_WORK)],
    "coding-by-repository": [("shop", *_WORK)],
    "ratings": [(_LATE, "stars", (3 + 5) / 2, 2)],
    "gpu-fan": [(_LATE, "one", "0", 0.4)],
    # The forecast is no less than what was spent, so the lower end of its interval is that.
    "month-forecast": [
        (
            "support",
            _SO_FAR_USD,
            _FORECAST_USD,
            max(_FORECAST_USD - _MARGIN_USD, _SO_FAR_USD),
            _FORECAST_USD + _MARGIN_USD,
            _BUDGET_USD,
            _FORECAST_USD / _BUDGET_USD,
        )
    ],
}
