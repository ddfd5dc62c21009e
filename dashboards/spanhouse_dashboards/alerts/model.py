"""What an alert rule is. Must not know where it is evaluated, Grafana or here, nor how anyone is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from spanhouse_collector.storage import load
from spanhouse_dashboards.alerts.timings import MuteTiming
from spanhouse_dashboards.macros import Value, statement

KindName = Literal["threshold", "change", "anomaly", "drift", "change_point", "budget", "absence", "burn_rate"]
Reduce = Literal["last", "min", "max", "mean", "sum"]
Comparison = Literal["above", "below"]
# What to make of a rule whose query finds nothing at all: calm, a breach, or no change.
NoData = Literal["ok", "alerting", "keep_last"]
# How a contact is spoken to: our JSON, Prometheus Alertmanager's API, or one of the notification library's services.
Channel = Literal["webhook", "alertmanager", "apprise"]
# Which calls a message shows as examples of what is wrong.
Examples = Literal["none", "failed", "slow", "slow_start", "costly", "low_score", "newest"]

SQL_PACKAGE = "spanhouse_dashboards.alerts.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    `sql` gives one number a segment, in a column named `value`; its text columns name the segment. It is run over the
    `window_s` seconds that end `delay_s` before now. `parameters` belong to the rule's kind (durations in seconds); they,
    `minimum_sample` and `variables` are the SQL's own variables. A segment with fewer events than the minimum gives no row.
    With `is_series` the first column is `time` and each segment has many rows, which `reduce` makes one number.
    The rule fires once a segment has been beyond `threshold` for `for_s`, and resolves once it has not been beyond it for
    `keep_firing_s`. `panel` names the panel that shows what the rule watches, `examples` the calls that show what is wrong.
    `contact` is who is told ('' for everyone), `mute` names mute timings. Segments that share the labels in `group_by` are
    told in one message (None: each segment in its own); what goes on is told again every `repeat_s` (0: never).
    """

    id: str
    title: str
    description: str
    sql: str
    comparison: Comparison
    threshold: float
    unit: str
    panel: str
    kind: KindName = "threshold"
    parameters: Mapping[str, float] = field(default_factory=dict)
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
    mute: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None
    repeat_s: int = 4 * 3600
    examples: Examples = "none"
    runbook: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Value] = field(default_factory=dict)

    def is_breached(self, value: float) -> bool:
        """Whether the value lies beyond the threshold; the threshold itself does not."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Someone to tell. The address may hold a secret, so it is in no representation."""

    name: str
    address: str = field(repr=False)
    channel: Channel = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """What one file says; every rule is evaluated each `interval_s` seconds. `report_to` names who gets the weekly report."""

    interval_s: int
    rules: tuple[Rule, ...]
    contacts: tuple[Contact, ...] = ()
    mute_timings: tuple[MuteTiming, ...] = ()
    report_to: tuple[str, ...] = ()


def rule_sql(rule: Rule) -> str:
    """The rule's SQL, macros and variables unexpanded, comments gone."""
    return statement(load(SQL_PACKAGE, rule.sql).text)
