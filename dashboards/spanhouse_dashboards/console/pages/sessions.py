"""Sessions: the list of conversations, and one of them turn by turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.messages import Message, read_messages
from spanhouse_dashboards.console.pages.traces import LAST_NS, STEPS, fill_rows, read_cursor
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import choices, statement
from spanhouse_dashboards.console.stats import page_tiles
from spanhouse_dashboards.panels import panels_of

PAGE_ROWS = 50
MAX_TURNS = 100
# A session may have begun before the range that is looked at; a week covers conversations that people come back to.
_AROUND = timedelta(days=7)

Row = dict[str, Any]


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/sessions` and `/sessions/{session_id}`."""

    @router.get("/sessions")
    def sessions(request: Request) -> Response:
        scope = scope_of(request, deps)
        before = read_cursor(scope.text("before"))
        rows, more = _list(scope, before=before or (LAST_NS, ""))
        offered = choices(scope)
        wanted = {name: scope.text(name) for name in ("session", "user")}
        return page(
            "sessions",
            scope,
            rows=rows,
            next_page=scope.here(before=f"{rows[-1]['last_ns']}.{rows[-1]['session_id']}") if more and rows else "",
            is_first=before is None,
            wanted=wanted,
            # The figures are of everybody, and would be taken for those of the one who was asked for.
            tiles=[] if any(wanted.values()) or not rows else page_tiles(scope, "sessions"),
            panels=[panel for panel in panels_of("sessions") if panel.kind != "stat"],
            choices=offered,
            emptiness=None if rows else emptiness(scope, offered),
        )

    @router.get("/sessions/{session_id:path}")
    def session(session_id: str, request: Request) -> Response:
        scope = scope_of(request, deps)
        turns = _turns(scope, session_id)
        return page(
            "session",
            scope,
            session_id=session_id,
            turns=turns,
            scores=scope.store.query(statement("session_scores"), _bounds(scope, session_id)),
            totals=_totals(turns),
            max_turns=MAX_TURNS,
        )


def _list(scope: Scope, *, before: tuple[int, str]) -> tuple[list[Row], bool]:
    """The sessions before the cursor, the latest activity first, and whether there are more."""
    wanted = {name: scope.text(name) for name in ("session", "user")}
    found = _find(scope, scope.params(**wanted, before_ns=before[0], before_session=before[1], limit=PAGE_ROWS + 1))
    shown = {row["session_id"]: row["last_ns"] for row in found[:PAGE_ROWS]}
    rows = scope.store.query(statement("session_rows"), scope.params(**wanted, sessions=list(shown))) if shown else []
    by_id = {row["session_id"]: row for row in rows}
    # A session may lose its rows to retention between the two statements.
    kept = [{**by_id[session], "last_ns": last_ns} for session, last_ns in shown.items() if session in by_id]
    return [{**row, "ended": _at(row["end_ns"])} for row in kept], len(found) > PAGE_ROWS


def _find(scope: Scope, params: Mapping[str, Any]) -> list[Row]:
    """The ids of a page and one more, from as little of the range as holds so many."""
    latest = min(scope.range.end, _at(params["before_ns"]))
    found: list[Row] = []
    for start in (*(latest - step for step in STEPS if latest - step > scope.range.start), scope.range.start):
        found = scope.store.query(statement("sessions_found"), {**params, "from": start})
        if len(found) >= params["limit"]:
            break
    return found


def _bounds(scope: Scope, session_id: str) -> Row:
    return {
        "project": scope.project,
        "session": session_id,
        "from": scope.range.start - _AROUND,
        "to": min(scope.range.end + _AROUND, scope.now + timedelta(days=1)),
    }


def _turns(scope: Scope, session_id: str) -> list[Row]:
    found = scope.store.query(statement("session_turns"), {**_bounds(scope, session_id), "limit": MAX_TURNS})
    if not found:
        raise NotFound(f"no session {session_id!r} within a week of {scope.words}; choose another range")
    talks = {row["trace_id"]: row for row in found}
    rows = fill_rows(scope, found[::-1])[::-1]
    return [{**row, **_talk(talks[row["trace_id"]], row)} for row in rows]


def _talk(texts: Row, row: Row) -> Row:
    """The turn's last question and its answer; the previews where no messages were recorded."""
    asked = read_messages(texts["asked"] or row["input_preview"], default_role="user").shown
    answered = read_messages(texts["answered"] or row["output_preview"], default_role="assistant").shown
    return {"asked": _last_of(asked, "user"), "answered": _last_of(answered, "assistant")}


def _last_of(messages: Sequence[Message], role: str) -> Message | None:
    return next((message for message in reversed(messages) if message.role == role), messages[-1] if messages else None)


def _totals(turns: Sequence[Row]) -> Row:
    costs = [turn["cost_usd"] for turn in turns if turn["cost_usd"] is not None]
    return {
        "started": turns[0]["started"],
        "length_ns": turns[-1]["start_ns"] + turns[-1]["duration_ns"] - turns[0]["start_ns"],
        "errors": sum(turn["errors"] for turn in turns),
        "tokens": sum(turn["tokens"] for turn in turns),
        "cost_usd": sum(costs) if costs else None,
        "users": sorted({turn["user_id"] for turn in turns if turn["user_id"]}),
    }


def _at(unix_ns: int) -> datetime:
    return datetime.fromtimestamp(unix_ns // 1_000 / 1_000_000, UTC)
