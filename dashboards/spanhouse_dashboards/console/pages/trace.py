"""One trace: its tree with timing, and the span that is looked at with everything it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.failures import MAX_KINDS, failures_of
from spanhouse_dashboards.console.log_records import MAX_LOGS, LogRecord, read_logs
from spanhouse_dashboards.console.rendering import fragment, page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.span_view import SpanView, span_values, view_span
from spanhouse_dashboards.console.statements import statement
from spanhouse_dashboards.console.trace_tree import Node, Row, arrange

# A browser draws this many rows at once without delay; longer trees are paged.
PAGE_ROWS = 500
# The tree of more spans would take seconds to arrange; the list of traces says how many there are.
MAX_SPANS = 100_000
# A span that reaches the collector this long after its end is called late: exporters wait a few seconds at most.
_LATE_MS = 60_000
_MAX_INDENT = 16

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A trace and where in time it lies, in Unix nanoseconds."""

    trace_id: str
    start_ns: int
    end_ns: int

    def params(self, scope: Scope) -> dict[str, Any]:
        """Parameters of statements about this trace."""
        return {"project": scope.project, "trace": self.trace_id, "start_ns": self.start_ns, "end_ns": self.end_ns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a span carries beside its row of the tree, with the rows of its log records."""

    details: Record
    logs: list[dict[str, Any]]


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/traces/{trace_id}`, the piece for one span, and the whole text of one content attribute."""

    @router.get("/traces/{trace_id}")
    def trace(trace_id: str, request: Request) -> Response:
        scope = scope_of(request, deps)
        bounds = find(scope, trace_id)
        return page("trace", scope, **_tree(scope, bounds))

    @router.get("/traces/{trace_id}/spans/{span_id}")
    def span(request: Request, *, trace_id: str, span_id: str) -> Response:
        scope = scope_of(request, deps)
        bounds = find(scope, trace_id)
        with ThreadPoolExecutor(max_workers=1) as beside:
            reading = beside.submit(_seen, scope, bounds, span_id=span_id.lower())
            rows = _spans(scope, bounds, span_id=span_id.lower())
            scores = _scores(scope, bounds, rows[0]["session_id"]) if rows else []
            seen = reading.result()
        # Whoever has the details has the row; should it come between the two, the page is asked for again.
        if not rows:
            raise _unknown(bounds, span_id)
        view = view_span(rows[0], seen.details, trace_start_ns=bounds.start_ns)
        return fragment(
            "_span",
            scope,
            trace_id=bounds.trace_id,
            span=view,
            scores=_of(scores, view.row["span_id"]),
            logs=_shown(seen.logs, view),
            max_logs=MAX_LOGS,
        )

    @router.get("/traces/{trace_id}/spans/{span_id}/content")
    def content(request: Request, *, trace_id: str, span_id: str) -> Response:
        scope = scope_of(request, deps)
        key = scope.text("key")
        values = span_values(_details(scope, find(scope, trace_id), span_id=span_id.lower()))
        if key not in values:
            raise NotFound(f"span {span_id!r} has no attribute {key!r}; its page lists those it has")
        return PlainTextResponse(values[key].encode("utf-8", "replace"), headers={"Cache-Control": "no-store"})


def find(scope: Scope, trace_id: str) -> Bounds:
    """Where the trace lies. Raises NotFound where the project has none of that id."""
    trace = trace_id.lower()
    rows = scope.store.query(statement("trace_bounds"), {"project": scope.project, "trace": trace})
    if not rows:
        raise NotFound(
            f"no trace {trace_id!r} in project {scope.project!r}; it may be older than what is kept, or still on its way"
        )
    start_ns = min(row["start_ns"] for row in rows)
    return Bounds(trace_id=trace, start_ns=start_ns, end_ns=max(start_ns, *(row["end_ns"] for row in rows)))


def read_span(scope: Scope, bounds: Bounds, *, span_id: str) -> SpanView:
    """One span of a trace with all it carries. Raises NotFound where the trace has none of that id."""
    rows = _spans(scope, bounds, span_id=span_id)
    if not rows:
        raise _unknown(bounds, span_id)
    return view_span(rows[0], _details(scope, bounds, span_id=span_id), trace_start_ns=bounds.start_ns)


def _tree(scope: Scope, bounds: Bounds) -> dict[str, Any]:
    # Planning a statement costs more than running it here, so what can be asked at the same time is.
    with ThreadPoolExecutor(max_workers=1) as beside:
        likely = beside.submit(_likely_span, scope, bounds)
        spans = _all_spans(scope, bounds)
        session = next((span["session_id"] for span in spans if span["session_id"]), "")
        scores = _scores(scope, bounds, session)
    rows = arrange([Node(span_id=s["span_id"], parent_id=s["parent_span_id"], start_ns=s["start_ns"]) for s in spans])
    ends = [span["start_ns"] + max(span["duration_ns"], 0) for span in spans]
    start_ns, end_ns = min(span["start_ns"] for span in spans), max(ends)
    selected = _selected(scope, spans, rows)
    first = _first_row(scope, rows, selected)
    seen = _confirmed(likely.result(), spans[selected]) or _seen(scope, bounds, span_id=spans[selected]["span_id"])
    view = view_span(spans[selected], seen.details, trace_start_ns=start_ns)
    return {
        "trace": _summary(spans, rows, start_ns=start_ns, end_ns=end_ns, session=session),
        "trace_id": bounds.trace_id,
        # The only span of a trace is shown beside it anyway.
        "failures": failures_of(spans, start_ns=start_ns) if len(spans) > 1 else [],
        "max_failures": MAX_KINDS,
        "tree": [_drawn(spans[row.index], row, start_ns=start_ns, length_ns=end_ns - start_ns) for row in _page(rows, first)],
        "paging": {"first": first, "rows": PAGE_ROWS, "all": len(rows)},
        "is_cut": len(spans) == MAX_SPANS,
        "max_spans": MAX_SPANS,
        "span": view,
        "scores": _of(scores, spans[selected]["span_id"]),
        "logs": _shown(seen.logs, view),
        "max_logs": MAX_LOGS,
        "trace_scores": [score for score in scores if score["target"] != "span"],
        "scored": {score["span_id"] for score in scores if score["target"] == "span"},
    }


def _all_spans(scope: Scope, bounds: Bounds) -> list[dict[str, Any]]:
    spans = _spans(scope, bounds, span_id="")
    if not spans:
        raise NotFound(f"the spans of trace {bounds.trace_id!r} are gone: they are older than what is kept")
    return spans


def _spans(scope: Scope, bounds: Bounds, *, span_id: str) -> list[dict[str, Any]]:
    """The rows of the trace's spans, or with an id of that one; none where it has none."""
    return scope.store.query(statement("trace_spans"), {**bounds.params(scope), "span": span_id, "limit": MAX_SPANS})


def _likely_span(scope: Scope, bounds: Bounds) -> Seen | None:
    """The span that will most likely be looked at, before the tree is known: the one asked for, else the earliest root."""
    span_id = scope.text("span").lower()
    if scope.text("row") and not span_id:
        return None
    rows = _rows_of_details(scope, bounds, span_id=span_id)
    return Seen(details=rows[0], logs=_logs(scope, bounds, rows[0]["span_id"])) if rows else None


def _confirmed(likely: Seen | None, selected: Record) -> Seen | None:
    """`likely` if it is the selected span as it stands; a root that a later copy gave a parent was read as it stood before."""
    if likely is None or any(likely.details[name] != selected[name] for name in ("span_id", "parent_span_id")):
        return None
    return likely


def _seen(scope: Scope, bounds: Bounds, *, span_id: str) -> Seen:
    return Seen(details=_details(scope, bounds, span_id=span_id), logs=_logs(scope, bounds, span_id))


def _details(scope: Scope, bounds: Bounds, *, span_id: str) -> Record:
    """What the span carries beside its row. Raises NotFound where the trace has none of that id."""
    rows = _rows_of_details(scope, bounds, span_id=span_id) if span_id else []
    if not rows:
        raise _unknown(bounds, span_id)
    return rows[0]


def _unknown(bounds: Bounds, span_id: str) -> NotFound:
    return NotFound(f"no span {span_id!r} in trace {bounds.trace_id!r}; it may not have been received yet")


def _page(rows: Sequence[Row], first: int) -> Sequence[Row]:
    return rows[first : first + PAGE_ROWS]


def _selected(scope: Scope, spans: Sequence[Record], rows: Sequence[Row]) -> int:
    """The index of the span that is looked at: the one asked for, else the tree's first row."""
    wanted = scope.text("span").lower()
    if not wanted:
        return rows[min(scope.count("row", most=MAX_SPANS), len(rows) - 1)].index
    index = next((index for index, span in enumerate(spans) if span["span_id"] == wanted), None)
    if index is None:
        raise NotFound(f"no span {wanted!r} in this trace; it may not have been received yet")
    return index


def _first_row(scope: Scope, rows: Sequence[Row], selected: int) -> int:
    """The row at which the page begins: as asked, else where the selected span lies."""
    row = scope.count("row", most=MAX_SPANS)
    if not scope.text("row"):
        row = next(number for number, row in enumerate(rows) if row.index == selected)
    return min(row, len(rows) - 1) // PAGE_ROWS * PAGE_ROWS


def _drawn(span: Record, row: Row, *, start_ns: int, length_ns: int) -> dict[str, Any]:
    """A row of the tree; offsets and widths are percent of the trace's time."""
    duration_ns = max(span["duration_ns"], 0)
    share = 100 / length_ns if length_ns else 0.0
    first_chunk_ns = min(span["time_to_first_chunk_ns"] or 0, duration_ns)
    return {
        **span,
        "depth": min(row.depth, _MAX_INDENT),
        "level": row.depth + 1,
        "descendants": row.descendants,
        "oddity": row.oddity,
        "left": round((span["start_ns"] - start_ns) * share, 3),
        "width": round(duration_ns * share, 3) if length_ns else 100.0,
        "waiting": round(first_chunk_ns * share, 3),
        "is_late": _is_late(span),
    }


def _is_late(span: Record) -> bool:
    ended_ms = (span["start_ns"] + max(span["duration_ns"], 0)) // 1_000_000
    return bool(span["received_ms"] - ended_ms > _LATE_MS)


def _summary(spans: Sequence[Record], rows: Sequence[Row], *, start_ns: int, end_ns: int, session: str) -> dict[str, Any]:
    head = spans[rows[0].index]
    priced = [span["cost_usd"] for span in spans if span["cost_usd"] is not None]
    return {
        "head": head,
        "started": datetime.fromtimestamp(start_ns / 1e9, UTC),
        "duration_ns": end_ns - start_ns,
        "spans": len(spans),
        "errors": sum(1 for span in spans if span["is_failed"]),
        # A roll-up repeats what the spans below it used.
        "tokens": sum(_tokens(span) for span in spans if span["cost_status"] != "roll_up"),
        "cost_usd": sum(priced) if priced else None,
        "unpriced": sum(1 for span in spans if span["cost_status"] == "unknown_model"),
        "session": session,
        "user": next((span["user_id"] for span in spans if span["user_id"]), ""),
        "models": sorted({span["model"] for span in spans if span["model"]}),
        "missing": sum(1 for row in rows if row.oddity == "missing parent"),
        "circles": sum(1 for row in rows if row.oddity == "cycle"),
        "early": sum(1 for row in rows if row.oddity == "starts before its parent"),
        "late": sum(1 for span in spans if _is_late(span)),
    }


def _tokens(span: Record) -> int:
    return (span["input_tokens"] or 0) + (span["output_tokens"] or 0)


def _scores(scope: Scope, bounds: Bounds, session: str) -> list[dict[str, Any]]:
    return scope.store.query(statement("trace_scores"), {**bounds.params(scope), "session": session})


def _of(scores: Sequence[Record], span_id: str) -> list[Record]:
    return [score for score in scores if score["target"] == "span" and score["span_id"] == span_id]


def _rows_of_details(scope: Scope, bounds: Bounds, *, span_id: str) -> list[dict[str, Any]]:
    return scope.store.query(statement("span_details"), {**bounds.params(scope), "span": span_id})


def _logs(scope: Scope, bounds: Bounds, span_id: str) -> list[dict[str, Any]]:
    return scope.store.query(statement("span_logs"), {**bounds.params(scope), "span": span_id, "limit": MAX_LOGS})


def _shown(logs: Sequence[Record], view: SpanView) -> list[LogRecord]:
    return read_logs(logs, span_start_ns=view.row["start_ns"], shown=view.shown)
