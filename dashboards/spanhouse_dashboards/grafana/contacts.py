"""Whom Grafana tells and when not: contacts as contact points, mute timings, and what a rule says of either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spanhouse_dashboards.alerts import Contact
from spanhouse_dashboards.alerts.model import Rule, RuleBook
from spanhouse_dashboards.alerts.timings import WEEKDAYS, MuteTiming

#: What we brought is known by it: Grafana knows mute timings by name alone.
OURS = "spanhouse-"

# Grafana wants these two in every grouping; `...` is each alert in a message of its own.
_GROUPED = ("alertname", "grafana_folder")
_EACH_APART = ("...",)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """How alerts of one rule are told, by the rule itself: it needs no notification policy, and touches none."""

    receiver: str
    group_by: tuple[str, ...]
    mute_timings: tuple[str, ...]
    repeat_s: int


def contact_points(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    """The webhooks among the contacts, in the shape of the provisioning API; a point's name is what rules refer to.

    For other channels Grafana has services of its own, with settings of their own; such contacts the alerter tells.
    """
    return [_contact_point(contact) for contact in contacts if contact.channel == "webhook"]


def mute_timings(timings: Sequence[MuteTiming]) -> list[dict[str, Any]]:
    """The mute timings in the shape of the provisioning API, which is also that of files."""
    return [{"name": _mute_name(timing.name), "time_intervals": [_interval(timing)]} for timing in timings]


def notification(rule: Rule, book: RuleBook) -> Notification | None:
    """How the rule's alerts are told in Grafana; None where the user's notification policies decide."""
    if rule.contact not in {point["name"] for point in contact_points(book.contacts)}:
        return None
    return Notification(
        receiver=rule.contact,
        group_by=_EACH_APART if rule.group_by is None else (*_GROUPED, *rule.group_by),
        mute_timings=tuple(_mute_name(name) for name in rule.mute),
        repeat_s=rule.repeat_s,
    )


def not_muted(book: RuleBook) -> list[str]:
    """Rules that are muted here and cannot be in Grafana, where only a rule with a contact of its own may say so."""
    return [rule.id for rule in book.rules if rule.mute and notification(rule, book) is None]


def contact_uid(name: str) -> str:
    """The UID of a contact's point, within Grafana's 40 characters."""
    return f"{OURS}{name}"[:40]


def _contact_point(contact: Contact) -> dict[str, Any]:
    return {
        "uid": contact_uid(contact.name),
        "name": contact.name,
        "type": "webhook",
        "settings": {"url": contact.address, "httpMethod": "POST"},
        "disableResolveMessage": False,
    }


def _mute_name(name: str) -> str:
    return f"{OURS}{name}"


def _interval(timing: MuteTiming) -> dict[str, Any]:
    """What holds for the whole week or day is left out, as Grafana does."""
    found: dict[str, Any] = {"location": timing.timezone}
    if set(timing.weekdays) != set(WEEKDAYS):
        found["weekdays"] = list(timing.weekdays)
    if timing.end_minute - timing.start_minute < _DAY_MINUTES:
        found["times"] = [{"start_time": _clock(timing.start_minute), "end_time": _clock(timing.end_minute)}]
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
