"""What a notification says, in plain words and as JSON. Must not know how it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.panels import FILTERS

# What came before the alert is shown along with it.
_LEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A change of state worth telling: which rule, project and segment, how it stands, and when."""

    rule: Rule
    project: str
    segment: Mapping[str, str]
    instance: Instance
    at: datetime


def sentence(occasion: Occasion) -> str:
    """What happened, for a person: the value against the threshold, since when, and in which segment."""
    rule, instance = occasion.rule, occasion.instance
    limit = f"{rule.comparison} {quantity(rule.threshold, rule.unit)}"
    value = "without data" if instance.value is None else f"at {quantity(instance.value, rule.unit)}"
    since = _when(instance.active_since or occasion.at)
    subject = f"{rule.title} is {value} for {_where(occasion)}"
    if instance.state == "resolved" and instance.value is None:
        return f"{subject}, which ends the alert; it was {limit} from {since} to {_when(occasion.at)}."
    if instance.state == "resolved":
        return f"{subject}, no longer {limit}; it was so from {since} to {_when(occasion.at)}."
    if instance.state == "inactive":
        return f"{subject}, no longer {limit}."
    return f"{subject} since {since}." if instance.value is None else f"{subject}, {limit}, since {since}."


def payload(occasion: Occasion, *, console_url: str) -> dict[str, Any]:
    """The JSON that webhooks get. `key` is the same for each try of one notification and differs between notifications."""
    rule, instance = occasion.rule, occasion.instance
    since = instance.active_since or occasion.at
    return {
        "version": "1",
        "key": f"{occasion.project}/{rule.id}/{_words(occasion.segment)}/{instance.state}/{occasion.at.isoformat()}",
        "status": instance.state,
        "rule": rule.id,
        "title": rule.title,
        "message": sentence(occasion),
        "description": rule.description,
        "project": occasion.project,
        "segment": dict(occasion.segment),
        "value": instance.value,
        "comparison": rule.comparison,
        "threshold": rule.threshold,
        "unit": rule.unit,
        "since": since.isoformat(),
        "changed_at": occasion.at.isoformat(),
        "labels": {**rule.labels, "severity": rule.severity},
        "runbook_url": rule.runbook,
        "panel_url": _link(occasion, f"{console_url}/", since),
        "traces_url": _link(occasion, f"{console_url}/traces", since),
    }


def quantity(value: float, unit: str) -> str:
    """A value with its unit, as a person writes it: 0.125 percentunit is 12.5 %."""
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "currencyUSD":
        return f"${value:,.2f}"
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return number if unit in ("short", "none") else f"{number} {unit}"


def _where(occasion: Occasion) -> str:
    project = f"project {occasion.project}"
    return f"{_words(occasion.segment)} in {project}" if occasion.segment else project


def _words(segment: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value or '(none)'}" for name, value in sorted(segment.items()))


def _when(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _link(occasion: Occasion, address: str, since: datetime) -> str:
    """The console's page for the time of the alert and its segment, as far as the console can filter by it."""
    span = {"from": (since - _LEAD).astimezone(UTC), "to": occasion.at.astimezone(UTC)}
    times = {name: instant.strftime("%Y-%m-%dT%H:%M:%S") for name, instant in span.items()}
    filters = {name: occasion.segment[name] for name in FILTERS if occasion.segment.get(name)}
    return f"{address}?{urlencode({'project': occasion.project, **times, **filters})}"
