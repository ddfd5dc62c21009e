"""Puts what a file of alert rules promises into the panels that show how it is kept. Must not know how panels are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from spanhouse_dashboards.alerts.model import Rule, RuleBook
from spanhouse_dashboards.panels import Panel

# By the rules' SQL, because a file may name its rules as it likes.
_TOLD: Mapping[str, Callable[[Rule], Mapping[str, float]]] = {
    "burn_rate_errors": lambda rule: {"error_objective": rule.parameters["objective"]},
    "burn_rate_latency": lambda rule: {
        "latency_objective": rule.parameters["objective"],
        "latency_limit_ms": float(str(rule.variables["limit_ms"])),
    },
    "budget_spent": lambda rule: {"budget_usd": rule.parameters["amount_usd"], "budget_s": rule.window_s},
}


def promises(book: RuleBook) -> dict[str, float]:
    """The numbers promised, by the names of panels' constants; of several rules on the same the first one's."""
    found: dict[str, float] = {}
    for rule in reversed(book.rules):
        found |= _TOLD[rule.sql](rule) if rule.sql in _TOLD else {}
    return found


def as_promised(panel: Panel, book: RuleBook) -> Panel:
    """The panel with the rules' numbers where they have some, and its own where they do not."""
    told = promises(book)
    return replace(panel, constants={name: told.get(name, value) for name, value in panel.constants.items()})
