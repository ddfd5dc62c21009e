"""Projects beside the shop: one for each kind of trouble or tool that the shop's hour has nothing of, made for figures by hand.

`HOMES` says in which of them a panel has something to show.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

from spanhouse_collector.storage import Store
from tests.dashboards.seeds import NOON, Row, call, metric, other_span, score, store_calls, store_rows

_SECOND_NS = 1_000_000_000
_SESSION = {"session.id": "s1", "user.email": "ann@example.com", "vcs.repository.name": "shop"}

HOMES = {
    "rate-limits": "busy",
    "retries": "busy",
    "retries-by-model": "busy",
    **dict.fromkeys(("mcp-traffic", "mcp-latency", "mcp-errors", "mcp-servers", "mcp-tools"), "tools"),
    **dict.fromkeys(("guardrail-traffic", "guardrail-objections", "guardrails", "filtered-answers"), "tools"),
    **dict.fromkeys(("retrieval-sources", "top-documents", "retrievals-total", "retrieval-success"), "tools"),
    **dict.fromkeys(("experiment-runs", "experiment-means", "experiments", "experiment-pairs"), "lab"),
    **dict.fromkeys(("coding-sessions-total", "coding-users-total", "coding-cost-total", "coding-lines-total"), "desk"),
    **dict.fromkeys(("coding-acceptance", "coding-sessions", "coding-cost", "coding-tokens", "coding-lines"), "desk"),
    **dict.fromkeys(("coding-decisions", "coding-commits", "coding-outcomes", "coding-tools", "coding-mcp-servers"), "desk"),
    **dict.fromkeys(("coding-by-user", "coding-by-repository", "gpu-fan"), "desk"),
    **dict.fromkeys(("store-size", "journal-lag", "journal-backlog", "query-cost"), "desk"),
    "month-forecast": "month",
    "ratings": "tools",
}


def store_elsewhere(store: Store) -> None:
    """Stores all of them."""
    store_calls(store, [*_busy(), *_tools(), *_lab(), *_desk_calls(), *_month()])
    store_rows(store, "scores", [*_lab_scores(), *_stars()])
    store_rows(store, "metrics_points", [*_desk_metrics(), *_of_the_service()])
    store_rows(store, "logs", _desk_logs())


def _busy() -> list[Row]:
    """Two calls refused: one tried again after four seconds and answered, one given up after the two that it took; a timeout."""
    refused: Row = {"project": "busy", "status_code": "Error", "error_type": "RateLimitedError"}
    place: Row = {"trace_id": f"{101:032x}", "parent_span_id": f"{100:016x}"}
    return [
        call(101, minutes_ago=50, **refused, **place),
        call(102, minutes_ago=50 - 4 / 60, project="busy", **place),
        call(103, minutes_ago=20, duration_ns=2 * _SECOND_NS, **{**refused, "error_type": "", "status_message": "HTTP 429"}),
        call(104, minutes_ago=20, project="busy", status_code="Error", error_type="timeout4290"),
    ]


def _tools() -> list[Row]:
    """A client of one server, whose second call failed, and another server itself; guardrails; searches of a vector store."""
    asked: Row = {"mcp.method.name": "tools/call", "server.address": "tools.example", "server.port": "8080"}
    client: Row = {
        "project": "tools",
        "parent": 200,
        "kind": "tool",
        "tool_name": "search",
        "span_kind": "Client",
        "attributes": asked,
    }
    server: Row = {"span_kind": "Server", "service": "tool-server", "attributes": {"mcp.method.name": "tools/list"}}
    guard: Row = {"project": "tools", "parent": 200, "kind": "guardrail"}
    search: Row = {"project": "tools", "parent": 200, "kind": "retriever"}
    store: Row = {"db.system.name": "qdrant", "db.collection.name": "manual", "db.operation.name": "query"}
    return [
        call(200, minutes_ago=20, project="tools", finish_reasons=["content_filter"]),
        call(201, minutes_ago=20, project="tools", finish_reasons=["stop"]),
        other_span(210, minutes_ago=20, **client),
        other_span(211, minutes_ago=20, duration_ns=3 * _SECOND_NS, error_type="tool_error", **client),
        other_span(212, minutes_ago=20, project="tools", parent=200, kind="span", **server),
        other_span(220, minutes_ago=50, **guard, **_named("pii"), content=_said({"blocked": True})),
        other_span(221, minutes_ago=50, **guard, **_named("pii"), content=_said({"blocked": False})),
        other_span(222, minutes_ago=20, **{**guard, **_named("injection", {"guardrail.triggered": "true"})}),
        other_span(223, minutes_ago=20, **guard, **_named("injection"), status_code="Error"),
        other_span(224, minutes_ago=20, **guard, **_named("injection", {"guardrail.triggered": "false"})),
        other_span(230, minutes_ago=20, **search, attributes=store, content=_found([{"id": "a", "score": 0.5}, {"id": "b"}])),
        other_span(231, minutes_ago=20, **search, attributes=store, content=_found([{"id": "a", "score": 1.0}])),
        other_span(232, minutes_ago=20, **search, attributes=store, content=_found([]), duration_ns=2 * _SECOND_NS),
        other_span(233, minutes_ago=20, **search, attributes=store, status_code="Error", duration_ns=2 * _SECOND_NS),
    ]


def _named(guardrail: str, more: dict[str, str] | None = None) -> Row:
    return {"attributes": {"spanhouse.guardrail.name": guardrail, **(more or {})}}


def _said(output: dict[str, bool]) -> dict[str, str]:
    parts = [{"type": "text", "content": json.dumps(output)}]
    return {"gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": parts}])}


def _found(documents: list[Row]) -> dict[str, str]:
    return {"gen_ai.retrieval.documents": json.dumps(documents)}


def _lab() -> list[Row]:
    """Two experiments with the same two items, the newer one in Langfuse's names; and a call of none."""
    old: Row = {"spanhouse.metadata.experiment": "plain", "spanhouse.metadata.item": "i1"}
    new: Row = {"langfuse.experiment.name": "terse", "langfuse.experiment.item.id": "i1"}
    return [
        call(301, minutes_ago=50, project="lab", attributes=old),
        call(302, minutes_ago=50, project="lab", attributes={**old, "spanhouse.metadata.item": "i2"}, status_code="Error"),
        call(303, minutes_ago=20, project="lab", attributes=new),
        call(304, minutes_ago=20, project="lab", attributes={**new, "langfuse.experiment.item.id": "i2"}),
        call(305, minutes_ago=20, project="lab"),
    ]


def _lab_scores() -> list[Row]:
    values = {301: 0.5, 302: 0.7, 303: 0.6, 304: 1.0, 305: 0.1}
    scores = [score(number, minutes_ago=30, project="lab", value=value) for number, value in values.items()]
    return [
        *scores,
        score(304, minutes_ago=30, project="lab", name="tone", value=None, status="unscored", reason="no reference"),
    ]


def _stars() -> list[Row]:
    given: Row = {"project": "tools", "name": "stars", "source": "person"}
    return [score(number, minutes_ago=20, value=value, **given) for number, value in ((200, 3.0), (201, 5.0))]


def _desk_calls() -> list[Row]:
    tokens: Row = {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 60, "cost_usd": Decimal("0.002")}
    return [call(401, minutes_ago=20, project="desk", dialect="codex", service="codex_cli_rs", response_model="code", **tokens)]


def _desk_metrics() -> list[Row]:
    """Claude Code's counters: deltas, and lines that somebody's pipeline made cumulative."""

    def counter(name: str, value: float, *, minutes_ago: float = 20, **attributes: str) -> Row:
        told = {"kind": "sum", "temporality": "delta", "project": "desk", "service": "claude-code"}
        return metric(f"claude_code.{name}", value, minutes_ago=minutes_ago, attributes={**_SESSION, **attributes}, **told)

    begun = NOON - timedelta(minutes=70)
    lines = [counter("lines_of_code.count", value, minutes_ago=ago, type="added") for value, ago in ((30, 50), (42, 20))]
    fan = metric("DCGM_FI_DEV_FAN_SPEED", 40.0, minutes_ago=20, host="one", attributes={"gpu": "0"}, project="desk", unit="%")
    return [
        fan,
        counter("session.count", 1, minutes_ago=50),
        counter("cost.usage", 0.5, model="opus"),
        counter("token.usage", 1000, type="input"),
        counter("token.usage", 4000, type="cacheRead"),
        *({**line, "temporality": "cumulative", "start_time": begun} for line in lines),
        counter("lines_of_code.count", 5, type="removed"),
        counter("commit.count", 2),
        counter("pull_request.count", 1),
        counter("code_edit_tool.decision", 3, decision="accept"),
        counter("code_edit_tool.decision", 1, decision="reject"),
        counter("active_time.total", 90),
    ]


def _of_the_service() -> list[Row]:
    """What two collectors told of themselves, and a console of what its panels cost."""
    own: Row = {"project": "desk", "service": "spanhouse"}
    journals = [
        metric(f"spanhouse.journal.{name}", value * number, minutes_ago=20, attributes={"signal": "traces"}, **own, **place)
        for number, place in ((1, _instance("one")), (3, _instance("two")))
        for name, value in (("size", 100.0), ("age", 2.0))
    ]
    costs = [
        metric("spanhouse.query.duration", value, minutes_ago=ago, attributes={"dashboard": "Latency"}, kind="sum", **own)
        for value, ago in ((0.5, 20), (0.25, 20 - 1 / 60), (1.0, 50))
    ]
    sizes = [metric("spanhouse.store.size", value, minutes_ago=20, attributes={"table": "spans"}, **own) for value in (4096.0,)]
    return [*journals, *costs, *sizes]


def _instance(name: str) -> Row:
    return {"resource_attributes": {"service.instance.id": name}, "point_hash": len(name) + ord(name[0])}


def _desk_logs() -> list[Row]:
    claude: Row = {"service": "claude-code", "scope_name": "com.anthropic.claude_code.events"}
    codex: Row = {"service": "codex_cli_rs"}
    lasting = {"duration_ms": "200"}
    events: list[tuple[str, Row, dict[str, str]]] = [
        ("tool_decision", claude, {"tool_name": "Edit", "decision": "accept", **_SESSION}),
        ("tool_result", claude, {"tool_name": "Edit", "success": "true", **lasting, **_SESSION}),
        ("claude_code.tool_result", claude, {"tool_name": "mcp__github__search", "success": "false", **lasting, **_SESSION}),
        ("codex.tool_decision", codex, {"tool_name": "shell", "decision": "approved_for_session", "conversation.id": "c1"}),
        ("codex.tool_decision", codex, {"tool_name": "shell", "decision": "denied", "conversation.id": "c1"}),
        ("codex.tool_result", codex, {"tool_name": "shell", "success": "true", "duration_ms": "400", "conversation.id": "c1"}),
        ("started", {"service": "api"}, {"tool_name": "none"}),
    ]
    time = NOON - timedelta(minutes=20)
    common: Row = {"project": "desk", "time": time, "environment": "prod", "release": "1"}
    return [
        {**common, **where, "event_name": name, "attributes": attributes, "record_hash": number}
        for number, (name, where, attributes) in enumerate(events)
    ]


def _month() -> list[Row]:
    """Three whole days before that of noon, the 2nd of November, at 1, 2 and 6 dollars, and half a dollar today."""
    spent = {1: Decimal(6), 2: Decimal(2), 3: Decimal(1), 0: Decimal("0.5")}
    days = [call(500 + day, minutes_ago=day * 24 * 60 + 30, project="month", cost_usd=usd) for day, usd in spent.items()]
    return [*days, call(510, minutes_ago=40 * 24 * 60, project="month", cost_usd=Decimal(100))]
