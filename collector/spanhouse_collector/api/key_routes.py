"""The keys of the caller's project and their quotas under /api/v1/keys; keys are made where the data lies, by command."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spanhouse_collector.api.keys import Access, Key
from spanhouse_collector.api.quotas import DEFAULT_BURST_S, Quota
from spanhouse_collector.api.schemas import Problem
from spanhouse_collector.api.stored import PROBLEMS
from spanhouse_collector.errors import NotFound
from spanhouse_collector.model import Scope

_MOST = 2**31 - 1


class QuotaBody(BaseModel):
    """What a key may send on average; 0 is no bound. `burst_s` seconds' worth may come at once after a pause."""

    model_config = ConfigDict(extra="forbid")

    requests_per_s: int = Field(default=0, ge=0, le=_MOST)
    items_per_s: int = Field(default=0, ge=0, le=_MOST, description="spans, log records and data points together")
    bytes_per_s: int = Field(default=0, ge=0, le=_MOST, description="after decompression")
    burst_s: int = Field(default=DEFAULT_BURST_S, ge=1, le=3600)


class KeyShown(BaseModel):
    """A key, told by its first characters."""

    prefix: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None
    quota: QuotaBody


class KeyList(BaseModel):
    """Keys, oldest first."""

    items: list[KeyShown]


def router(access: Access) -> APIRouter:
    """The routes under /api/v1/keys; changing a quota is for administrators."""
    routes = APIRouter(prefix="/api/v1/keys", tags=["keys"], responses=PROBLEMS)

    @routes.get("")
    def list_keys(request: Request) -> KeyList:
        """The keys of the caller's project, revoked ones among them."""
        project = access.project(request.headers, Scope.READ)
        return KeyList(items=[_shown(key) for key in access.keys.list() if key.project == project])

    @routes.put("/{prefix}/quota", responses={404: {"model": Problem, "description": "no active key begins with this"}})
    def limit_key(request: Request, prefix: str, quota: QuotaBody) -> QuotaBody:
        """Gives a key of the caller's project another quota; it holds after two seconds at most."""
        project = access.project(request.headers, Scope.ADMIN)
        if not any(key.prefix == prefix and key.project == project for key in access.keys.list()):
            raise NotFound(f"no key of project {project!r} begins with {prefix!r}; list them to see their first characters")
        access.keys.limit(prefix, Quota(**quota.model_dump()))
        return quota

    return routes


def _shown(key: Key) -> KeyShown:
    quota = QuotaBody(**{name: getattr(key.quota, name) for name in QuotaBody.model_fields})
    return KeyShown(prefix=key.prefix, scope=key.scope, created_at=key.created_at, revoked_at=key.revoked_at, quota=quota)
