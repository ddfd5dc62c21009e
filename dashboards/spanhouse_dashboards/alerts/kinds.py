"""The kinds of alert rules: what each takes besides a threshold, and when a rule of it could never do its work.

A kind's parameters become variables of the rule's SQL, which gives the number that is held against the threshold; so every
kind is the same to Grafana and to the alerter. Must not know any rule, nor how files are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from spanhouse_dashboards.alerts.model import KindName, Rule
from spanhouse_dashboards.macros import Value

# What a parameter is in the file; durations become seconds, and their variables end with _s.
Form = Literal["duration", "count", "share", "amount"]

# What the change point's SQL makes one value of its series of, in seconds.
_CHANGE_POINT_GRAIN_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`parameters` are those a rule must give, with their forms; `check` gives what is wrong with a rule, '' if nothing."""

    parameters: Mapping[str, Form]
    check: Callable[[Rule], str]

    def variables(self, given: Mapping[str, float]) -> dict[str, float]:
        """The parameters as the SQL's variables."""
        return {f"{name}_s" if self.parameters[name] == "duration" else name: value for name, value in given.items()}


def _check_threshold(rule: Rule) -> str:
    """A share lies between 0 and 1: beyond that a rule would never fire, or always."""
    low, high = (0, 1) if rule.comparison == "above" else (1e-9, 1 + 1e-9)
    if rule.unit == "percentunit" and not low <= rule.threshold < high:
        return f"threshold is {rule.threshold:g}, and a share lies between 0 and 1; give one between them, as 0.05 for 5%"
    return ""


def _check_change(rule: Rule) -> str:
    if rule.parameters["recent"] >= rule.window_s:
        return "recent is not shorter than window; shorten it, so that there is something before it"
    return ""


def _check_anomaly(rule: Rule) -> str:
    given = rule.parameters
    if given["recent"] > given["period"]:
        return "recent is longer than period; shorten it"
    if given["minimum_history"] > given["periods"]:
        return f"minimum_history is {given['minimum_history']:g}, more than the {given['periods']:g} of periods; lower it"
    if rule.window_s < given["periods"] * given["period"] + given["recent"]:
        return "window holds fewer seasons than periods; lengthen it to periods times period and recent"
    return ""


def _check_above(rule: Rule) -> str:
    return "" if rule.comparison == "above" else f"comparison is {rule.comparison!r}; compare this kind with above"


def _check_drift(rule: Rule) -> str:
    return _check_above(rule) or _check_change(rule)


def _check_change_point(rule: Rule) -> str:
    if not 0 < rule.threshold < 1:
        return f"threshold is {rule.threshold:g}; give how much a score may fall, between 0 and 1"
    return _check_above(rule) or _check_change(rule)


def _check_absence(rule: Rule) -> str:
    if rule.threshold * 60 >= rule.window_s:
        return f"the rule cannot fire: {rule.threshold:g} minutes of silence are not within window; lengthen it"
    return _check_above(rule)


def _check_burn_rate(rule: Rule) -> str:
    """Refuses above all what could never fire: of a promised 90% no more than ten times the budget can burn."""
    objective = rule.parameters["objective"]
    highest = 1 / (1 - objective)
    if rule.comparison != "above":
        return f"comparison is {rule.comparison!r}; a burn rate is compared with above"
    if rule.threshold >= highest:
        return (
            f"the rule cannot fire: with an objective of {objective:g} the burn rate is at most {highest:.4g}, "
            f"and the threshold is {rule.threshold:g}; lower it or raise the objective"
        )
    if rule.parameters["short_window"] >= rule.window_s:
        return "short_window is not shorter than window; shorten it"
    return ""


KINDS: Mapping[KindName, Kind] = {
    "threshold": Kind(parameters={}, check=_check_threshold),
    "change": Kind(parameters={"recent": "duration"}, check=_check_change),
    "anomaly": Kind(
        parameters={"recent": "duration", "period": "duration", "periods": "count", "minimum_history": "count", "floor": "share"},
        check=_check_anomaly,
    ),
    "drift": Kind(parameters={"windows": "count", "recent": "duration"}, check=_check_drift),
    "change_point": Kind(parameters={"recent": "duration", "average_run": "duration"}, check=_check_change_point),
    "budget": Kind(parameters={"amount_usd": "amount"}, check=_check_above),
    "absence": Kind(parameters={}, check=_check_absence),
    "burn_rate": Kind(parameters={"objective": "share", "short_window": "duration"}, check=_check_burn_rate),
}


def sql_variables(rule: Rule, project: str) -> dict[str, Value]:
    """Values of the variables in the rule's SQL for a project."""
    return {**rule.variables, **_parameters(rule), "minimum_sample": rule.minimum_sample, "project": project}


def _parameters(rule: Rule) -> dict[str, float]:
    """The variables that the rule's kind gives its SQL."""
    found = KINDS[rule.kind].variables(rule.parameters)
    if rule.kind == "change_point":
        found |= {"fall": rule.threshold, "average_run_length": found.pop("average_run_s") / _CHANGE_POINT_GRAIN_S}
    return found
