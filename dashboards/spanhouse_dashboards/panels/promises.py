"""What the panels on service levels and budgets hold calls against, until somebody's alert rules say otherwise.

A test holds these numbers to the rules that come along. Must not know rules: `alerts.promised` reads theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Shares of LLM calls without an error, and within the limit (milliseconds).
SERVICE_LEVELS: Final[Mapping[str, float]] = {"error_objective": 0.99, "latency_objective": 0.95, "latency_limit_ms": 10_000}
#: US dollars that a service may cost within so many seconds.
BUDGET: Final[Mapping[str, float]] = {"budget_usd": 50.0, "budget_s": 3_600}
