"""How one segment of a rule moves between inactive, pending, firing and resolved. Pure: no clock, no store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from spanhouse_dashboards.alerts.model import Rule

State = Literal["inactive", "pending", "firing", "resolved"]
# breach: beyond the threshold; calm: not; keep: nothing is known, so nothing changes.
Verdict = Literal["breach", "calm", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One segment of a rule: its state, since when it has been beyond the threshold, and the latest value seen.

    `breached_at` is the last time it was beyond; `active_since` is kept through firing and resolution, for the message;
    `told_at` is when its firing was last notified, which a silence delays.
    """

    state: State = "inactive"
    active_since: datetime | None = None
    breached_at: datetime | None = None
    value: float | None = None
    told_at: datetime | None = None


def step(rule: Rule, instance: Instance, *, verdict: Verdict, value: float | None, now: datetime) -> Instance:
    """The instance after one evaluation. `resolved` lasts until the next evaluation, then it is `inactive`."""
    if verdict == "keep":
        return instance
    if verdict == "breach":
        return _after_breach(rule, instance, value, now)
    return _after_calm(rule, instance, value, now)


def _after_breach(rule: Rule, instance: Instance, value: float | None, now: datetime) -> Instance:
    is_active = instance.state in ("pending", "firing")
    since = instance.active_since if is_active and instance.active_since else now
    is_due = instance.state == "firing" or now - since >= timedelta(seconds=rule.for_s)
    state: State = "firing" if is_due else "pending"
    return Instance(state=state, active_since=since, breached_at=now, value=value, told_at=instance.told_at)


def _after_calm(rule: Rule, instance: Instance, value: float | None, now: datetime) -> Instance:
    if instance.state != "firing":
        return Instance(value=value)
    breached_at = instance.breached_at or now
    if now - breached_at < timedelta(seconds=rule.keep_firing_s):
        return replace(instance, value=value)
    return replace(instance, state="resolved", value=value)
