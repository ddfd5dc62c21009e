"""The list of traces: newest first, a page at a time, narrowed by what the address asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import InvalidRequest
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import choices, statement

PAGE_ROWS = 50
# The newest traces are mostly found in the last hour; only then are a day and the whole range searched.
STEPS = (timedelta(hours=1), timedelta(hours=24))
# Beyond, what has a text is looked up first: gathering every trace takes several times as long. With more traces than these, they
# are spread so widely that nothing is saved.
_TEXT_TRACES = 200
_TEXTS = ("session", "user", "text", "score")
_STATUSES = ("", "ok", "error")
# `below` alone narrows nothing: it is about the score that was named.
_NARROWING = (*_TEXTS, "status", "min_duration_ns")
LAST_NS = 2**63 - 1

Row = dict[str, Any]


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/traces`."""

    @router.get("/traces")
    def traces(request: Request) -> Response:
        scope = scope_of(request, deps)
        wanted = _wanted(scope)
        with ThreadPoolExecutor(max_workers=1) as beside:
            offered = beside.submit(lambda: (choices(scope), score_names(scope)))
            rows, more = list_traces(scope, wanted, before=read_cursor(scope.text("before")))
        filters, names = offered.result()
        return page(
            "traces",
            scope,
            rows=rows,
            next_page=scope.here(before=f"{rows[-1]['start_ns']}.{rows[-1]['trace_id']}") if more else "",
            is_first=not scope.text("before"),
            emptiness=None if rows else emptiness(scope, filters),
            is_narrowed=bool(scope.kept().keys() - {"range", "from", "to"}) or any(wanted.values()),
            wanted=wanted,
            choices=filters,
            score_names=names,
            longest_ns=max((row["duration_ns"] for row in rows), default=0),
        )


def list_traces(
    scope: Scope, wanted: Mapping[str, Any], *, before: tuple[int, str] | None = None, limit: int = PAGE_ROWS
) -> tuple[list[Row], bool]:
    """The newest traces before the cursor, each with its scores under `badges`, and whether there are more."""
    found = _find(scope, wanted, before=before or (LAST_NS, ""), limit=limit + 1)
    return fill_rows(scope, found[:limit]), len(found) > limit


def score_names(scope: Scope) -> list[str]:
    """The names of scores given in the range, in order."""
    return [row["name"] for row in scope.store.query(statement("score_names"), scope.params())]


def _wanted(scope: Scope) -> dict[str, Any]:
    status = scope.text("status")
    if status not in _STATUSES:
        raise InvalidRequest(f"status {status!r} is unknown; use ok or error")
    longer_s = scope.number("longer_s")
    if longer_s is not None and not 0 <= longer_s <= 1e9:
        raise InvalidRequest(f"longer_s is {longer_s!r}; give seconds from 0 to 1,000,000,000")
    texts = {name: scope.text(name) for name in _TEXTS}
    return {"status": status, **texts, "below": scope.number("below"), "longer_s": longer_s}


def _find(scope: Scope, wanted: Mapping[str, Any], *, before: tuple[int, str], limit: int) -> list[Row]:
    before_ns, before_trace = before
    end = min(scope.range.end, _at(before_ns) + timedelta(milliseconds=1))
    params = {name: value for name, value in wanted.items() if name != "longer_s"}
    params |= {
        "before_ns": before_ns,
        "before_trace": before_trace,
        "min_duration_ns": None if wanted["longer_s"] is None else int(wanted["longer_s"] * 1e9),
        "limit": limit,
        "to": end,
    }
    starts = [end - step for step in STEPS if end - step > scope.range.start]
    found: list[Row] = []
    for start in starts:
        found = _page_from(scope, params, start)
        if len(found) >= limit:
            return found
    if starts and wanted["text"]:
        rare = _find_rare(scope, params, limit=limit)
        if rare is not None:
            return rare
    return _page_from(scope, params, scope.range.start)


def _page_from(scope: Scope, params: Mapping[str, Any], start: datetime, *, traces: Sequence[str] = ()) -> list[Row]:
    # Planning a filter costs about as much whether it is set or not, and mostly none is.
    asked = (*scope.filters.values(), *traces, *(params[name] for name in _NARROWING))
    name = "traces_page" if any(value not in ("", None) for value in asked) else "newest_traces"
    return scope.store.query(statement(name), {**scope.params(**params), "from": start, "traces": list(traces)})


def _find_rare(scope: Scope, params: Mapping[str, Any], *, limit: int) -> list[Row] | None:
    """The page of the whole range by the few traces that have the text; None where they are too many to tell."""
    wanted = {"from": scope.range.start, "to": params["to"], "text": params["text"], "limit": _TEXT_TRACES + 1}
    matches = scope.store.query(statement("text_traces"), {"project": scope.project, **wanted})
    if not matches:
        return []
    found = _page_from(scope, params, scope.range.start, traces=[match["trace_id"] for match in matches])
    if len(matches) <= _TEXT_TRACES:
        return found
    # A trace that was left out began no later than its match, and that lies before all matches known.
    certain = [row for row in found if row["started_ns"] > matches[-1]["matched_ns"]]
    return certain[:limit] if len(certain) >= limit else None


def fill_rows(scope: Scope, found: Sequence[Row]) -> list[Row]:
    """A line for each trace found (trace_id and started_ns, newest first), in that order."""
    if not found:
        return []
    params = {
        "project": scope.project,
        "start_ns": found[-1]["started_ns"],
        "end_ns": found[0]["started_ns"],
        "traces": [row["trace_id"] for row in found],
    }
    badges = defaultdict(list)
    with ThreadPoolExecutor(max_workers=1) as beside:
        given = beside.submit(scope.store.query, statement("trace_badges"), params)
        rows = {row["trace_id"]: row for row in scope.store.query(statement("trace_rows"), params)}
    for badge in given.result():
        badges[badge["trace_id"]].append(badge)
    # A trace may lose its rows to retention between the two statements.
    kept = [rows[row["trace_id"]] for row in found if row["trace_id"] in rows]
    return [{**row, "started": _at(row["start_ns"]), "badges": badges[row["trace_id"]]} for row in kept]


def read_cursor(text: str) -> tuple[int, str] | None:
    """Instant (Unix nanoseconds) and id of a list's last row. Raises InvalidRequest for a text that is no cursor."""
    if not text:
        return None
    instant, _, trace_id = text.partition(".")
    if not (instant.isascii() and instant.isdigit() and len(instant) <= 19 and int(instant) <= LAST_NS):
        raise InvalidRequest(f"the cursor {text!r} cannot be read; start again from the first page")
    return int(instant), trace_id


def _at(unix_ns: int) -> datetime:
    return datetime.fromtimestamp(unix_ns // 1_000 / 1_000_000, UTC)
