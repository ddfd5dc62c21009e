"""What an alert says in one sentence. Must not know how it is sent, nor stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from spanhouse_dashboards.alerts.model import KindName, Rule
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.words import length, place, quantity, when


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
    limit = limit_of(rule)
    where = place(occasion.segment, occasion.project)
    if instance.value is None:
        return _without_data(occasion, where=where)
    since = when(instance.active_since or occasion.at)
    subject = f"{rule.title} {_VALUES[rule.kind](rule, instance.value)} for {where}"
    if instance.state == "resolved":
        return f"{subject}, no longer {limit}; it was so from {since} to {when(occasion.at)}."
    if instance.state == "inactive":
        return f"{subject}, no longer {limit}."
    return f"{subject}, {limit}, since {since}."


def _without_data(occasion: Occasion, *, where: str) -> str:
    """An end without data, as after a while in which nothing was running, must not read like a recovery."""
    rule, instance = occasion.rule, occasion.instance
    since = when(instance.active_since or occasion.at)
    if instance.state in ("pending", "firing") and rule.no_data == "alerting":
        return f"{rule.title} is without data for {where} since {since}."
    if instance.state == "inactive":
        return f"{rule.title} has no data any more for {where}; before, it was {limit_of(rule)} for too short a time to fire."
    end = ", which ends the alert without saying that all is well" if instance.state == "resolved" else ""
    before = f"it was {limit_of(rule)} from {since} until it was last read so at {when(instance.breached_at or occasion.at)}"
    return f"{rule.title} has no data any more for {where}{end}; {before}."


def limit_of(rule: Rule) -> str:
    """What a rule holds its value against: above 5%, below 0.5, more than chance explains."""
    return _LIMITS[rule.kind](rule)


def _at(rule: Rule, value: float) -> str:
    return f"is at {quantity(value, rule.unit)}"


def _limit(rule: Rule) -> str:
    return f"{rule.comparison} {quantity(rule.threshold, rule.unit)}"


def _spent(rule: Rule, value: float) -> str:
    amount = rule.parameters["amount_usd"]
    budget = f"{quantity(amount, 'currencyUSD')} in {length(rule.window_s)}"
    return f"is {quantity(value * amount, 'currencyUSD')}, {quantity(value, 'percentunit')} of its budget of {budget},"


def _burnt(rule: Rule, value: float) -> str:
    return f"is {quantity(value, rule.unit)} what the objective of {quantity(rule.parameters['objective'], 'percentunit')} allows"


def _fall(rule: Rule, value: float) -> str:
    return f"fell by {quantity(value, rule.unit)}" if value > 0 else f"rose by {quantity(-value, rule.unit)}"


_VALUES: Mapping[KindName, Callable[[Rule, float], str]] = {
    "threshold": _at,
    "change": lambda rule, value: f"is {quantity(value, rule.unit)} its reference",
    "anomaly": lambda _rule, value: f"is {value:.3g} usual deviations from what is usual",
    "drift": lambda rule, value: f"is {quantity(value, rule.unit)}",
    "change_point": _fall,
    "budget": _spent,
    "absence": _at,
    "burn_rate": _burnt,
}
_LIMITS: Mapping[KindName, Callable[[Rule], str]] = {
    "threshold": _limit,
    "change": _limit,
    "anomaly": lambda rule: f"{rule.comparison} {rule.threshold:.3g} usual deviations",
    # A calm window reads as zero, so a threshold of zero says that any alarm counts; no one thinks of that as a limit.
    "drift": lambda rule: "more than chance explains" if rule.threshold == 0 else _limit(rule),
    "change_point": lambda rule: f"more than {quantity(rule.threshold, rule.unit)} and more than chance explains",
    "budget": lambda rule: f"{_limit(rule)} of the budget",
    "absence": _limit,
    "burn_rate": _limit,
}
