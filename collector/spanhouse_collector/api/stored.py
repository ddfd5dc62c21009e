"""What is stored, as JSON under /api/v1/: traces, spans and scores of the caller's project. Every list is paged by cursor."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from spanhouse_collector.api.keys import Access
from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_collector.model import Scope
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.api.sql"
_NO_BOUND = (1 << 63) - 1
# Sorts after every id and key, which are hex digits.
_LAST = "~"

Limit = Annotated[int, Query(ge=1, le=1000, description="rows of one page")]
Cursor = Annotated[str, Query(description="`next_cursor` of the page before; empty for the first page")]


class Page(BaseModel):
    """One page of a list; `next_cursor` is empty on the last one."""

    items: list[dict[str, Any]]
    next_cursor: str


def router(store: Callable[[], Store], access: Access) -> APIRouter:
    """The routes under /api/v1/."""
    routes = APIRouter(prefix="/api/v1", tags=["stored"])

    @routes.get("/traces")
    def traces(request: Request, cursor: Cursor = "", limit: Limit = 50, session_id: str = "", user_id: str = "") -> Page:
        """Traces by their root spans, newest first."""
        before_ns, before_trace_id = _decode(cursor, (_NO_BOUND, _LAST))
        params = {
            "project": access.project(request.headers, Scope.READ),
            "limit": limit,
            "since_ns": 0,
            "service": "",
            "release": "",
        }
        params |= {"before_ns": before_ns, "before_trace_id": before_trace_id, "session_id": session_id, "user_id": user_id}
        return _page(store().query(load(_SQL, "list_traces"), params), limit, ("start_ns", "trace_id"))

    @routes.get("/traces/{trace_id}")
    def trace(request: Request, trace_id: str, cursor: Cursor = "", limit: Limit = 1000) -> Page:
        """The spans of one trace, oldest first, with all their attributes."""
        project = access.project(request.headers, Scope.READ)
        bounds = store().query(load(_SQL, "trace_bounds"), {"project": project, "trace_id": trace_id.lower()})
        if not bounds:
            raise NotFound(
                f"no trace {trace_id!r} is stored in project {project!r}; a span is visible about a second after it was sent"
            )
        after_ns, after_span_id = _decode(cursor, (0, ""))
        params = {"project": project, "trace_id": trace_id.lower(), **bounds[0], "limit": limit}
        params |= {"after_ns": after_ns, "after_span_id": after_span_id}
        return _page(store().query(load(_SQL, "trace_spans"), params), limit, ("start_ns", "span_id"))

    @routes.get("/scores")
    def scores(request: Request, cursor: Cursor = "", limit: Limit = 100, trace_id: str = "", name: str = "") -> Page:
        """Scores, newest first; a score without a value says why."""
        before_ns, before_key = _decode(cursor, (_NO_BOUND, _LAST))
        params = {
            "project": access.project(request.headers, Scope.READ),
            "trace_id": trace_id.lower(),
            "name": name,
            "limit": limit,
        }
        params |= {"before_ns": before_ns, "before_key": before_key}
        return _page(store().query(load(_SQL, "list_scores"), params), limit, ("time_ns", "key"))

    return routes


def _page(rows: list[dict[str, Any]], limit: int, key: tuple[str, str]) -> Page:
    """A page whose cursor names its last row; a page that is not full is the last one."""
    last = rows[-1] if len(rows) == limit else None
    cursor = "" if last is None else base64.urlsafe_b64encode(json.dumps([last[part] for part in key]).encode()).decode()
    return Page(items=rows, next_cursor=cursor)


def _decode(cursor: str, first: tuple[int, str]) -> tuple[int, str]:
    if not cursor:
        return first
    try:
        instant, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(instant), str(key)
    except (ValueError, TypeError, binascii.Error):
        raise InvalidRequest(f"cursor {cursor[:40]!r} is not one of ours; take it from next_cursor of the page before") from None
