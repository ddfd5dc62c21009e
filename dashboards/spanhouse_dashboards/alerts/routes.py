"""Alerts as JSON under /api/v1/alerts: how they stand, acknowledgements, silences, and what a rule would have done.

Must not know who may do what; the two callables tell that, with the project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spanhouse_collector.errors import InvalidRequest, InvalidSettings, NotFound
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.acknowledgements import Acknowledgement, acknowledge, acknowledgements
from spanhouse_dashboards.alerts.load import parse_rule
from spanhouse_dashboards.alerts.message import Occasion, sentence
from spanhouse_dashboards.alerts.model import Rule, RuleBook
from spanhouse_dashboards.alerts.preview import preview
from spanhouse_dashboards.alerts.preview_chart import chart_of
from spanhouse_dashboards.alerts.replay import whole_minutes
from spanhouse_dashboards.alerts.silences import Silence, add_silence, end_silence, silences
from spanhouse_dashboards.panels import TimeRange

# A month at one minute; more takes the store minutes, which no one waits for before a browser.
_MOST_HOURS = 31 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDeps:
    """What the routes work on. `reader` and `keeper` give the project that a request may read, or change alerts of.

    `redact` takes a project and a text, and gives the text as it may be kept.
    """

    store: Store
    state: State
    book: RuleBook
    reader: Callable[[Request], str]
    keeper: Callable[[Request], str]
    clock: Callable[[], datetime]
    redact: Callable[[str, str], str]


class AcknowledgementBody(BaseModel):
    """Who looks after a rule's firing segments with these labels (none: all of them)."""

    model_config = ConfigDict(extra="forbid")
    by: str = Field(max_length=200)
    note: str = Field(default="", max_length=2000)
    segment: dict[str, str] = Field(default_factory=dict)


class SilenceBody(BaseModel):
    """A silence of some length from now on; an empty rule is every rule, no labels are every segment."""

    model_config = ConfigDict(extra="forbid")
    rule: str = ""
    segment: dict[str, str] = Field(default_factory=dict)
    minutes: int = Field(ge=1, le=90 * 24 * 60)
    reason: str = Field(max_length=2000)


class PreviewBody(BaseModel):
    """A rule by its id, or as it would stand in the file, over so many hours up to now."""

    model_config = ConfigDict(extra="forbid")
    id: str = ""
    rule: dict[str, Any] | None = None
    hours: float = Field(default=24, gt=0, le=_MOST_HOURS)
    step_s: int = Field(default=60, ge=10, le=86_400)


def alert_router(deps: AlertDeps) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
    _add_states(routes, deps)
    _add_silences(routes, deps)
    _add_preview(routes, deps)
    return routes


def _add_states(routes: APIRouter, deps: AlertDeps) -> None:
    @routes.get("")
    def list_alerts(request: Request) -> dict[str, Any]:
        """What is pending or firing, with who looks after it."""
        project = deps.reader(request)
        return {"alerts": [found for rule in deps.book.rules for found in _standing(deps, rule, project)]}

    @routes.post("/{rule}/acknowledge")
    def acknowledge_alert(rule: str, body: AcknowledgementBody, request: Request) -> dict[str, Any]:
        """Nobody is reminded of these segments until they have ended."""
        project = deps.keeper(request)
        seen = Acknowledgement(by=deps.redact(project, body.by), note=deps.redact(project, body.note), at=deps.clock())
        return {"segments": acknowledge(deps.state, rule, project=project, acknowledgement=seen, segment=body.segment)}


def _add_silences(routes: APIRouter, deps: AlertDeps) -> None:
    @routes.get("/silences")
    def list_silences(request: Request) -> dict[str, Any]:
        """Silences that have not ended."""
        project = deps.reader(request)
        return {"silences": [_silence(one) for one in silences(deps.state, project, at=deps.clock())]}

    @routes.post("/silences", status_code=201)
    def create_silence(body: SilenceBody, request: Request) -> dict[str, Any]:
        """From now on nobody is told of these alerts."""
        project, now = deps.keeper(request), deps.clock()
        silence = Silence(
            project=project,
            rule=body.rule,
            segment=body.segment,
            starts_at=now,
            ends_at=now + timedelta(minutes=body.minutes),
            reason=deps.redact(project, body.reason),
        )
        if body.rule:
            _rule_of(deps.book, body.rule)
        return _silence(add_silence(deps.state, silence))

    @routes.delete("/silences/{silence_id}", status_code=204)
    def delete_silence(silence_id: int, request: Request) -> None:
        """Ends a silence now; what fires meanwhile is told at the next evaluation."""
        end_silence(deps.state, silence_id, project=deps.keeper(request), now=deps.clock())


def _add_preview(routes: APIRouter, deps: AlertDeps) -> None:
    @routes.post("/preview")
    def preview_rule(body: PreviewBody, request: Request) -> dict[str, Any]:
        """When a rule would have fired and what it read, from what is stored now."""
        project, now = deps.reader(request), deps.clock()
        rule = _rule_of(deps.book, body.id) if body.rule is None else _parsed(body.rule)
        time_range = whole_minutes(TimeRange(start=now - timedelta(hours=body.hours), end=now))
        found = preview(deps.store, rule, project=project, time_range=time_range, step_s=body.step_s)
        return {
            "rule": rule.id,
            "threshold": rule.threshold,
            "comparison": rule.comparison,
            "unit": rule.unit,
            "evaluations": found.evaluations,
            "changes": [_change(one) for one in found.changes],
            "series": [
                {"segment": dict(key), "points": [[at.isoformat(), value] for at, value in points]}
                for key, points in found.series.items()
            ],
            "chart": chart_of(found, rule, time_range=time_range),
        }


def _standing(deps: AlertDeps, rule: Rule, project: str) -> list[dict[str, Any]]:
    with deps.state.transaction() as connection:
        instances = records.instances(connection, project=project, rule=rule.id)
        seen = acknowledgements(connection, project=project, rule=rule.id)
    now, found = deps.clock(), []
    for key, instance in instances.items():
        occasion = Occasion(rule=rule, project=project, segment=dict(key), instance=instance, at=now)
        who = seen.get(key)
        acknowledged = {"by": who.by, "at": who.at.isoformat(), "note": who.note} if who else None
        found.append({**_change(occasion), "rule": rule.id, "severity": rule.severity, "acknowledged": acknowledged})
    return found


def _change(occasion: Occasion) -> dict[str, Any]:
    since = occasion.instance.active_since
    return {
        "at": occasion.at.isoformat(),
        "state": occasion.instance.state,
        "segment": dict(occasion.segment),
        "value": occasion.instance.value,
        "since": since.isoformat() if since else None,
        "message": sentence(occasion),
    }


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "rule": silence.rule,
        "segment": dict(silence.segment),
        "starts_at": silence.starts_at.isoformat(),
        "ends_at": silence.ends_at.isoformat(),
        "reason": silence.reason,
    }


def _rule_of(book: RuleBook, rule_id: str) -> Rule:
    rule = next((one for one in book.rules if one.id == rule_id), None)
    if rule is None:
        raise NotFound(f"there is no rule {rule_id!r}; `spanhouse alerts rules` lists them")
    return rule


def _parsed(document: Mapping[str, Any]) -> Rule:
    try:
        return parse_rule(dict(document))
    except InvalidSettings as error:
        raise InvalidRequest(str(error)) from error
