"""A project's own prices and the re-pricing of what is stored, as JSON under /api/v1/prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from spanhouse_collector.api.keys import Access
from spanhouse_collector.api.stored import PROBLEMS
from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.ingest.overrides import Override, Overrides
from spanhouse_collector.ingest.price_book import PriceBook
from spanhouse_collector.ingest.reprice import Repricer, Repricing
from spanhouse_collector.model import Scope
from spanhouse_collector.redaction.configuration import Redaction
from spanhouse_collector.storage import Store

_MOST_OVERRIDES = 1_000


class OverrideList(BaseModel):
    """A project's own prices in order; the last one that applies to a model and is in force wins."""

    model_config = ConfigDict(extra="forbid")

    items: list[Override] = Field(max_length=_MOST_OVERRIDES)


class Range(BaseModel):
    """Spans that started from `first` until before `until`."""

    model_config = ConfigDict(extra="forbid")

    first: AwareDatetime
    until: AwareDatetime


class Run(BaseModel):
    """A re-pricing: its range, how far it is, the spans it has looked at, and those whose cost is another one now."""

    id: str
    first: datetime
    until: datetime
    done_until: datetime
    spans: int
    changed: int
    is_finished: bool
    started_at: datetime


class RunList(BaseModel):
    """The latest re-pricings, newest first."""

    items: list[Run]


def router(
    store: Callable[[], Store], access: Access, *, overrides: Overrides, repricer: Repricer, redaction: Redaction
) -> APIRouter:
    """The routes under /api/v1/prices; changing prices is for administrators."""
    routes = APIRouter(prefix="/api/v1/prices", tags=["prices"], responses=PROBLEMS)

    @routes.get("/overrides")
    def list_overrides(request: Request) -> OverrideList:
        """The project's own prices, which stand in front of the catalogue."""
        return OverrideList(items=overrides.of(access.project(request.headers, Scope.READ)))

    @routes.put("/overrides")
    def replace_overrides(request: Request, wanted: OverrideList) -> OverrideList:
        """Puts these in place of all own prices. They hold for what is stored from now on; re-price what was stored before."""
        project = access.project(request.headers, Scope.ADMIN)
        _refuse_secrets(wanted, redact=redaction.of(project).text)
        overrides.replace(project, wanted.items)
        PriceBook(store(), overrides.of).refresh(project)
        return wanted

    @routes.get("/repricings")
    def list_repricings(request: Request) -> RunList:
        """The latest re-pricings and how far they are."""
        return RunList(items=[_run(one) for one in repricer.runs(access.project(request.headers, Scope.READ))])

    @routes.post("/repricings")
    def reprice(request: Request, wanted: Range) -> Run:
        """Computes costs again at today's prices; the same range goes on where it was. Old costs are kept in cost_revisions."""
        project = access.project(request.headers, Scope.ADMIN)
        first, until = (instant.astimezone(UTC) for instant in (wanted.first, wanted.until))
        return _run(repricer.request(project, first=first, until=until))

    return routes


def _run(repricing: Repricing) -> Run:
    return Run.model_validate({name: getattr(repricing, name) for name in Run.model_fields})


def _refuse_secrets(wanted: OverrideList, *, redact: Callable[[str], str]) -> None:
    """Raises InvalidRequest where a name holds what is masked elsewhere: with a mark in it a pattern would mean another one."""
    for number, item in enumerate(wanted.items):
        for name in ("model", "provider", "service_tier"):
            text = getattr(item, name)
            if redact(text) != text:
                raise InvalidRequest(f"items.{number}.{name} holds what redaction masks; write the name as spans show it")
