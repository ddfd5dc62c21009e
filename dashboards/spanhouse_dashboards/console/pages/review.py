"""Review: leads a person through what an evaluator scored, span after span, to say of each what the evaluator should have said.

Their yes (1) or no (0) is a score of the evaluator's name, kept by the API of scores; `spanhouse calibrate` compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.pages.trace import find, read_span
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.span_view import SpanView
from spanhouse_dashboards.console.statements import choices, statement

# `spanhouse calibrate` says nothing of fewer that got a yes, or a no.
ENOUGH = 10
_FIELDS = ("span_id", "trace_id", "value", "place")
_LAST_PLACE = 999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A span to look at with what the evaluator said of it; `view` is None where the span is no longer kept."""

    said: Mapping[str, Any]
    view: SpanView | None


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/review`."""

    @router.get("/review")
    def review(request: Request) -> Response:
        scope = scope_of(request, deps)
        names = [row["name"] for row in scope.store.query(statement("review_names"), scope.params())]
        offered, wanted = choices(scope), scope.text("of")
        return page(
            "review",
            scope,
            names=names,
            choices=offered,
            wanted={"of": wanted, "below": scope.number("below")},
            enough=ENOUGH,
            may_change=deps.may_change(request),
            emptiness=None if names else emptiness(scope, offered),
            **(_queue(scope, wanted) if wanted else {"progress": None}),
        )


def _queue(scope: Scope, name: str) -> dict[str, Any]:
    """How far people are, and the item to look at: the next one, or the last one, to say something else of it."""
    after = scope.count("after", most=_LAST_PLACE) if scope.text("after") else -1
    params = scope.params(name=name, below=scope.number("below"), after=after)
    (row,) = scope.store.query(statement("review_next"), params)
    said: dict[str, dict[str, Any]] = {which: dict(zip(_FIELDS, row[which], strict=True)) for which in ("next", "last")}
    shown = said["last" if _is_back(scope) else "next"]
    return {
        "progress": {**row, "no": row["labelled"] - row["yes"], "share": row["labelled"] / max(row["spans"], 1)},
        "item": _item(scope, name, shown) if shown["span_id"] else None,
        "is_back": _is_back(scope),
    }


def _is_back(scope: Scope) -> bool:
    text = scope.text("back")
    if text not in ("", "1"):
        raise InvalidRequest(f"parameter 'back' is {text!r}; give 1, or leave it out")
    return bool(text)


def _item(scope: Scope, name: str, place: Mapping[str, Any]) -> Item:
    params = scope.params(name=name, trace=place["trace_id"], span=place["span_id"])
    rows = scope.store.query(statement("review_said"), params)
    texts = rows[0] if rows else {"label": "", "explanation": "", "version": ""}
    return Item(said={**texts, **place}, view=_view(scope, place))


def _view(scope: Scope, said: Mapping[str, Any]) -> SpanView | None:
    try:
        return read_span(scope, find(scope, said["trace_id"]), span_id=said["span_id"])
    except NotFound:
        return None
