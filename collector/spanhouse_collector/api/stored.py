"""What is stored, as JSON under /api/v1/: traces, spans, sessions, scores, models of the caller's project, paged by cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from spanhouse_collector.api import schemas
from spanhouse_collector.api.annotations import annotate
from spanhouse_collector.api.attributes import typed
from spanhouse_collector.api.keys import Access
from spanhouse_collector.api.paging import LAST, NO_BOUND, Page, Paging, next_cursor
from spanhouse_collector.errors import NotFound
from spanhouse_collector.ingest.price_book import cost_parts
from spanhouse_collector.model import Scope
from spanhouse_collector.redaction.configuration import Redaction
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.api.sql"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Problem, "description": "a parameter, a cursor or a body is wrong"},
    401: {"model": schemas.Problem, "description": "no key, or an unknown one"},
    403: {"model": schemas.Problem, "description": "the key is for something else"},
    503: {"model": schemas.Problem, "description": "the store cannot answer now; try again after Retry-After seconds"},
}
_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": schemas.Problem, "description": "nothing of this id is stored in the project"}
}

Row = dict[str, Any]


def router(store: Callable[[], Store], access: Access, *, redaction: Redaction) -> APIRouter:
    """The routes under /api/v1/."""
    routes = APIRouter(prefix="/api/v1", tags=["stored"], responses=PROBLEMS)
    stored = _Stored(store, access, redaction=redaction)
    _add_traces(routes, stored)
    _add_lists(routes, stored)
    _add_scores(routes, stored)
    return routes


class _Stored:
    """The store as one caller sees it."""

    def __init__(self, store: Callable[[], Store], access: Access, *, redaction: Redaction) -> None:
        self.store = store
        self._access = access
        self.redaction = redaction

    def reader(self, request: Request) -> str:
        """The project that this request may read."""
        return self._access.project(request.headers, Scope.READ)

    def writer(self, request: Request) -> str:
        """The project that this request may write to."""
        return self._access.project(request.headers, Scope.INGEST)

    def rows(self, statement: str, **params: Any) -> list[Row]:
        return self.store().query(load(_SQL, statement), params)

    def bounds(self, project: str, trace_id: str) -> Row:
        """Where in time a trace lies. Raises NotFound."""
        found = self.rows("trace_bounds", project=project, trace_id=trace_id)
        if not found:
            raise NotFound(
                f"no trace {trace_id!r} is stored in project {project!r}; a span is visible about a second after it was sent"
            )
        return found[0]


def _add_traces(routes: APIRouter, stored: _Stored) -> None:
    @routes.get("/traces")
    def list_traces(request: Request, filters: Annotated[schemas.SpanFilter, Query()]) -> Page[schemas.Trace]:
        """Traces by their root spans, newest first."""
        before_ns, before_trace_id = filters.after((NO_BOUND, LAST))
        params = {**filters.params(), "before_ns": before_ns, "before_trace_id": before_trace_id, "limit": filters.limit}
        rows = stored.rows("list_traces", project=stored.reader(request), **params)
        items = [schemas.Trace.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, filters.limit, key=("start_ns", "trace_id")))

    @routes.get("/traces/{trace_id}", responses=_MISSING)
    def trace(request: Request, trace_id: str, page: Annotated[Paging, Query()]) -> Page[schemas.TraceSpan]:
        """The spans of one trace, oldest first, with all their attributes."""
        project, trace_id = stored.reader(request), trace_id.lower()
        bounds = stored.bounds(project, trace_id)
        after_ns, after_span_id = page.after((-NO_BOUND, ""))
        params = {"after_ns": after_ns, "after_span_id": after_span_id, "limit": page.limit, **bounds}
        rows = stored.rows("trace_spans", project=project, trace_id=trace_id, **params)
        items = [schemas.TraceSpan.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, page.limit, key=("start_ns", "span_id")))

    @routes.get("/traces/{trace_id}/spans/{span_id}", responses=_MISSING)
    def span(request: Request, trace_id: str, span_id: str) -> schemas.Span:
        """One span with everything that was received, its values as they were sent."""
        project, trace_id, span_id = stored.reader(request), trace_id.lower(), span_id.lower()
        bounds = stored.bounds(project, trace_id)
        rows = stored.rows("one_span", project=project, trace_id=trace_id, span_id=span_id, **bounds)
        if not rows:
            raise NotFound(f"trace {trace_id!r} of project {project!r} has no span {span_id!r}; list its spans to see them")
        parts = cost_parts(stored.store(), project=project, trace_id=trace_id, span_id=span_id, bounds=bounds)
        return _span({**rows[0], "cost_parts": parts})

    @routes.get("/spans")
    def list_spans(request: Request, filters: Annotated[schemas.KindFilter, Query()]) -> Page[schemas.SpanSummary]:
        """Spans, newest first, without their attributes."""
        before_ns, before_key = filters.after((NO_BOUND, LAST))
        params = {
            **filters.params(),
            "kind": filters.kind,
            "before_ns": before_ns,
            "before_key": before_key,
            "limit": filters.limit,
        }
        rows = stored.rows("list_spans", project=stored.reader(request), **params)
        items = [schemas.SpanSummary.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, filters.limit, key=("start_ns", "key")))


def _add_lists(routes: APIRouter, stored: _Stored) -> None:
    @routes.get("/sessions")
    def list_sessions(request: Request, filters: Annotated[schemas.TimeFilter, Query()]) -> Page[schemas.Session]:
        """Sessions by their first span in the range, newest first."""
        before_ns, before_session = filters.after((NO_BOUND, ""))
        params = {**filters.bounds(), "before_ns": before_ns, "before_session": before_session, "limit": filters.limit}
        rows = stored.rows("list_sessions", project=stored.reader(request), **params)
        items = [schemas.Session.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, filters.limit, key=("start_ns", "session_id")))

    @routes.get("/projects")
    def list_projects(request: Request, page: Annotated[Paging, Query()]) -> Page[schemas.Project]:
        """The projects that the caller may read, which is one: its key's."""
        project = stored.reader(request)
        page.after((0, ""))
        (row,) = stored.rows("project_summary", project=project)
        return Page(items=[schemas.Project(name=project, **row)], next_cursor="")

    @routes.get("/models")
    def list_models(request: Request, filters: Annotated[schemas.ModelFilter, Query()]) -> Page[schemas.Model]:
        """Models that were called, by name, and how many of their spans have no price."""
        _, after_key = filters.after((0, ""))
        params = {"unpriced": filters.unpriced, "after_key": after_key, "limit": filters.limit}
        rows = stored.rows("list_models", project=stored.reader(request), **params)
        items = [schemas.Model.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, filters.limit, key=("spans", "key")))


def _add_scores(routes: APIRouter, stored: _Stored) -> None:
    @routes.get("/scores")
    def list_scores(request: Request, filters: Annotated[schemas.ScoreFilter, Query()]) -> Page[schemas.Score]:
        """Scores, newest first; a score without a value says why."""
        before_ns, before_key = filters.after((NO_BOUND, LAST))
        chosen = {"trace_id": filters.trace_id.lower(), "name": filters.name, "source": filters.source, "status": filters.status}
        params = {**chosen, **filters.bounds(), "before_ns": before_ns, "before_key": before_key, "limit": filters.limit}
        rows = stored.rows("list_scores", project=stored.reader(request), **params)
        items = [schemas.Score.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=next_cursor(rows, filters.limit, key=("time_ns", "key")))

    @routes.post("/scores", status_code=201, responses=_MISSING)
    def add_score(request: Request, annotation: schemas.Annotation) -> schemas.Score:
        """Keeps a person's score. Another one by the same author, of the same name and target, takes its place."""
        project = stored.writer(request)
        times = stored.bounds(project, annotation.trace_id) if annotation.trace_id else {"start_ns": 0, "end_ns": NO_BOUND}
        return annotate(stored.store(), annotation, project=project, times=times, redact=stored.redaction.of(project).text)


def _span(row: Mapping[str, Any]) -> schemas.Span:
    """The span with typed values, from the texts and kinds of its row."""
    maps = {
        name: typed(row[f"{name}"], row[f"{kinds}_kinds"])
        for name, kinds in (
            ("attributes", "attribute"),
            ("content", "content"),
            ("resource_attributes", "resource_attribute"),
            ("scope_attributes", "scope_attribute"),
        )
    }
    return schemas.Span.model_validate({**row, **maps, "events": _events(row), "links": _links(row)})


def _events(row: Mapping[str, Any]) -> list[schemas.Event]:
    columns = ("event_times_ns", "event_names", "event_attributes", "event_attribute_kinds", "event_dropped_counts")
    return [
        schemas.Event(time_ns=time_ns, name=name, attributes=typed(texts, kinds), dropped_attributes_count=dropped)
        for time_ns, name, texts, kinds, dropped in zip(*(row[column] for column in columns), strict=True)
    ]


def _links(row: Mapping[str, Any]) -> list[schemas.Link]:
    names = ("trace_ids", "span_ids", "trace_states", "attributes", "attribute_kinds", "dropped_counts")
    return [
        schemas.Link(
            trace_id=trace_id,
            span_id=span_id,
            trace_state=state,
            attributes=typed(texts, kinds),
            dropped_attributes_count=dropped,
        )
        for trace_id, span_id, state, texts, kinds, dropped in zip(*(row[f"link_{name}"] for name in names), strict=True)
    ]
