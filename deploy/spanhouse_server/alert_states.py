"""How every alert rule stands, as the console shows it. Must not know pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import Rule, RuleBook, records
from spanhouse_dashboards.alerts.acknowledgements import Acknowledgement, acknowledgements
from spanhouse_dashboards.alerts.message import Occasion, limit_of, sentence
from spanhouse_dashboards.console.deps import AlertState


def alert_states(state: State, book: RuleBook, *, project: str) -> list[AlertState]:
    """Every rule in every segment that is pending or firing; a rule that is calm, or could not be evaluated, once."""
    return [one for rule in book.rules for one in _states_of(state, rule, project)]


def alerts_firing(state: State, book: RuleBook, *, project: str) -> int:
    """How many of those fire: one statement, for every page says it, where all that is known takes three for each rule."""
    with state.transaction() as connection:
        return records.firing(connection, project=project, rules=[rule.id for rule in book.rules])


def _states_of(state: State, rule: Rule, project: str) -> list[AlertState]:
    with state.transaction() as connection:
        instances = records.instances(connection, project=project, rule=rule.id)
        seen = acknowledgements(connection, project=project, rule=rule.id)
        check = records.last_check(connection, project=project, rule=rule.id)
    calm = AlertState(
        rule=rule.id,
        title=rule.title,
        state="inactive",
        description=rule.description,
        severity=rule.severity,
        limit=limit_of(rule),
        unit=rule.unit,
        panel=rule.panel,
        runbook=rule.runbook,
    )
    now = datetime.now(UTC)
    found = [
        _standing(calm, Occasion(rule=rule, project=project, segment=dict(segment), instance=instance, at=now), seen.get(segment))
        for segment, instance in instances.items()
    ]
    if check and check.error:
        found.append(replace(calm, state="error", since=check.checked_at, message=f"could not be evaluated: {check.error}"))
    return found or [calm]


def _standing(calm: AlertState, occasion: Occasion, who: Acknowledgement | None) -> AlertState:
    instance = occasion.instance
    return replace(
        calm,
        state=instance.state,
        segment=occasion.segment,
        value=instance.value,
        since=instance.active_since,
        message=sentence(occasion),
        acknowledged_by=who.by if who else "",
        note=who.note if who else "",
    )
