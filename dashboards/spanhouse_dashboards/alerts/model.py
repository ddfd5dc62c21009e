"""What an alert rule is. Must not know where it is evaluated, Grafana or here, nor how anyone is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from spanhouse_collector.storage import load
from spanhouse_dashboards.macros import Value, statement

Reduce = Literal["last", "min", "max", "mean", "sum"]
Comparison = Literal["above", "below"]
# What to make of a rule whose query finds nothing at all: calm, a breach, or no change.
NoData = Literal["ok", "alerting", "keep_last"]

SQL_PACKAGE = "spanhouse_dashboards.alerts.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """A service level objective: the share of good events (0 to 1, exclusive), and the burn rate's short window in seconds."""

    objective: float
    short_window_s: int

    @property
    def highest_burn_rate(self) -> float:
        """The burn rate when every event is bad; a threshold must lie below it."""
        return 1 / (1 - self.objective)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    `sql` gives one number a segment, in a column named `value`; its text columns name the segment. It is run over the
    `window_s` seconds that end `delay_s` before now. `minimum_sample` and `variables` are the SQL's own variables; a segment
    with fewer events than the minimum gives no row. With `is_series` the first column is `time` and each segment has
    many rows, which `reduce` makes one number. With `slo` the value is a burn rate: how many times faster than the
    objective allows the budget of bad events is spent.
    The rule fires once a segment has been beyond `threshold` for `for_s`, and resolves once it has not been beyond it for
    `keep_firing_s`. `panel` names the panel that shows what the rule watches; `contact` who is told ('' for everyone).
    """

    id: str
    title: str
    description: str
    sql: str
    comparison: Comparison
    threshold: float
    unit: str
    panel: str
    severity: str = "warning"
    reduce: Reduce = "last"
    is_series: bool = False
    window_s: int = 600
    delay_s: int = 0
    for_s: int = 300
    keep_firing_s: int = 300
    minimum_sample: int = 1
    no_data: NoData = "ok"
    contact: str = ""
    runbook: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Value] = field(default_factory=dict)
    slo: Slo | None = None

    def is_breached(self, value: float) -> bool:
        """Whether the value lies beyond the threshold; the threshold itself does not."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold

    def sql_variables(self, project: str) -> dict[str, Value]:
        """Values of the variables in the rule's SQL for a project."""
        found = {**self.variables, "minimum_sample": self.minimum_sample, "project": project}
        if self.slo:
            found |= {"objective": self.slo.objective, "short_window_s": self.slo.short_window_s}
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Someone to tell: JSON is posted to `webhook_url`."""

    name: str
    webhook_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules and contacts of one file; every rule is evaluated each `interval_s` seconds."""

    interval_s: int
    rules: tuple[Rule, ...]
    contacts: tuple[Contact, ...] = ()


def rule_sql(rule: Rule) -> str:
    """The rule's SQL, macros and variables unexpanded, comments gone."""
    return statement(load(SQL_PACKAGE, rule.sql).text)
