"""Rows of a made-up support assistant: the same clock gives the same rows."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.storage import Store

Row = dict[str, Any]

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
_QUESTIONS = (
    ("How do I return a lamp?", "Use the return form within 30 days; the label is in the parcel."),
    ("Where is my order 4711?", "It left our warehouse yesterday and should arrive on Thursday."),
    ("Can I change the delivery address?", "Yes, until the parcel is packed. Open the order and choose Edit address."),
    ("Does the warranty cover a broken switch?", "Yes. Switches are covered for two years; send us a photo."),
    ("Which bulbs fit the Arc floor lamp?", "E27 bulbs of up to 60 W fit; we recommend a warm LED of 8 W."),
    ("I was charged twice", "I am sorry. One of the two is a reservation and disappears within three days."),
)


def span(**given: Any) -> Row:
    """A row of spans with every column the tests set; times as aware datetimes."""
    row: Row = {
        "project": "default", "start_time": NOW, "duration_ns": 1_000_000, "trace_id": "0" * 32, "span_id": "0" * 16,
        "parent_span_id": "", "name": "step", "span_kind": "Internal", "status_code": "Unset", "status_message": "",
        "service": "support", "environment": "production", "release": "1.4.0", "kind": "span", "operation": "", "provider": "",
        "request_model": "", "response_model": "", "tool_name": "", "agent_name": "", "session_id": "", "user_id": "", "tags": [],
        "finish_reasons": [], "error_type": "", "is_stream": None, "input_tokens": None, "output_tokens": None,
        "cache_read_tokens": None, "reasoning_tokens": None, "time_to_first_chunk_ns": None, "cost_usd": None,
        "cost_status": "no_usage", "input_preview": "", "output_preview": "", "attributes": {}, "attribute_kinds": [],
        "content": {}, "content_kinds": [], "resource_attributes": {}, "resource_attribute_kinds": [],
        "events.time": [], "events.name": [], "events.attributes": [], "events.attribute_kinds": [],
        "events.dropped_attributes_count": [],
        "links.trace_id": [], "links.span_id": [], "links.trace_state": [], "links.flags": [], "links.attributes": [],
        "links.attribute_kinds": [], "links.dropped_attributes_count": [],
    }  # fmt: skip
    row.update(given)
    if "received_at" not in given:
        row["received_at"] = row["start_time"] + timedelta(microseconds=max(row["duration_ns"], 0) // 1000) + timedelta(seconds=1)
    return row


def message(role: str, *parts: Row | str, **more: Any) -> Row:
    return {"role": role, "parts": [{"type": "text", "content": p} if isinstance(p, str) else p for p in parts], **more}


def score(row: Row, name: str, value: float | None, **more: Any) -> Row:
    """A row of scores about a span."""
    return {
        "project": row["project"], "time": row["start_time"], "scored_at": row["start_time"] + timedelta(seconds=30),
        "target": "span", "trace_id": row["trace_id"], "span_id": row["span_id"], "session_id": row["session_id"],
        "name": name, "source": "evaluator", "evaluator": name, "evaluator_version": "1", "status": "scored", "value": value,
        "label": "", "explanation": "", "reason": "", "service": row["service"], "environment": row["environment"],
        "release": row["release"], "model": row["response_model"], **more,
    }  # fmt: skip


def traffic(now: datetime = NOW, *, traces: int = 240, hours: float = 23.5) -> tuple[list[Row], list[Row]]:
    """Spans and scores of a day; release 1.5.0 takes over in the last fifth, slower and worse."""
    chance = random.Random(7)
    spans: list[Row] = []
    scores: list[Row] = []
    for number in range(traces):
        age = timedelta(hours=hours * (traces - number) / traces)
        is_new = number > traces * 0.8
        made = _trace(chance, number, start=now - age, is_new=is_new)
        spans += made
        answer = next(row for row in made if row["kind"] == "llm")
        scores += _scores(chance, answer, is_new=is_new)
    return spans, scores


def _trace(chance: random.Random, number: int, *, start: datetime, is_new: bool) -> list[Row]:
    question, answer = _QUESTIONS[number % len(_QUESTIONS)]
    release, slower, failing = ("1.5.0", 2.1, 0.09) if is_new else ("1.4.0", 1.0, 0.01)
    failed = chance.random() < failing
    root_id, *ids = (f"{chance.getrandbits(64):016x}" for _ in range(4))
    base = {
        "trace_id": f"{chance.getrandbits(128):032x}",
        "release": release,
        "session_id": f"session-{number // 3}",
        "user_id": f"user-{number % 17}",
    }
    steps = [_retrieval(chance, question), _tool(chance), _call(chance, (question, answer), slower=slower, failed=failed)]
    at = start + timedelta(milliseconds=2)
    rows = []
    for span_id, step in zip(ids, steps, strict=True):
        rows.append(span(**base, **step, span_id=span_id, parent_span_id=root_id, start_time=at))
        at += timedelta(microseconds=step["duration_ns"] // 1000)
    root = span(
        **base,
        span_id=root_id,
        name="answer_question",
        kind="workflow",
        operation="invoke_workflow",
        start_time=start,
        duration_ns=(at - start) // timedelta(microseconds=1) * 1000 + 4_000_000,
        status_code="Error" if failed else "Ok",
        input_preview=question,
        output_preview="" if failed else answer,
        tags=["support"],
        attributes={"spanhouse.input": json.dumps({"question": question})},
    )
    return [root, *rows]


def _retrieval(chance: random.Random, question: str) -> Row:
    documents = [
        {"id": "returns.md", "score": 0.91, "content": "Goods can be returned within 30 days."},
        {"id": "faq.md", "score": 0.64},
    ]
    return {
        "name": "retrieval handbook",
        "kind": "retriever",
        "operation": "retrieval",
        "duration_ns": int(chance.uniform(20, 60) * 1e6),
        "attributes": {"gen_ai.data_source.id": "handbook"},
        "content": {"gen_ai.retrieval.query.text": question, "gen_ai.retrieval.documents": json.dumps(documents)},
    }


def _tool(chance: random.Random) -> Row:
    values = {"arguments": {"order": 4711}, "result": {"state": "shipped", "eta": "Thursday"}}
    return {
        "name": "execute_tool order_status",
        "kind": "tool",
        "operation": "execute_tool",
        "tool_name": "order_status",
        "duration_ns": int(chance.uniform(40, 120) * 1e6),
        "content": {f"gen_ai.tool.call.{name}": json.dumps(value) for name, value in values.items()},
    }


def _call(chance: random.Random, talk: tuple[str, str], *, slower: float, failed: bool) -> Row:
    question, answer = talk
    model, provider = ("gpt-5-mini", "openai") if chance.random() < 0.8 else ("claude-haiku-5", "anthropic")
    tokens_in, tokens_out = chance.randint(420, 900), chance.randint(40, 180)
    duration_ns = int(chance.lognormvariate(0, 0.35) * slower * 0.8e9)
    ask = [message("system", "You are the support assistant of a lamp shop."), message("user", question)]
    content = {"gen_ai.input.messages": json.dumps(ask)}
    if not failed:
        content["gen_ai.output.messages"] = json.dumps([message("assistant", answer, finish_reason="stop")])
    return {
        "name": f"chat {model}",
        "kind": "llm",
        "operation": "chat",
        "span_kind": "Client",
        "provider": provider,
        "request_model": model,
        "response_model": model,
        "duration_ns": duration_ns,
        "is_stream": True,
        "time_to_first_chunk_ns": int(duration_ns * 0.3),
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "cache_read_tokens": 256,
        "cost_usd": round((tokens_in * 0.25 + tokens_out * 2.0) / 1e6, 12),
        "cost_status": "computed",
        "finish_reasons": [] if failed else ["stop"],
        "status_code": "Error" if failed else "Unset",
        "status_message": "rate limit exceeded" if failed else "",
        "error_type": "RateLimitError" if failed else "",
        "input_preview": question,
        "output_preview": "" if failed else answer,
        "attributes": {"gen_ai.request.temperature": "0.2", "server.address": "api.example"},
        "content": content,
    }


def _scores(chance: random.Random, row: Row, *, is_new: bool) -> list[Row]:
    grounded = min(max(chance.gauss(0.66 if is_new else 0.9, 0.09), 0.0), 1.0)
    rows = [
        score(row, "answer_length", chance.uniform(0.7, 1.0)),
        score(row, "groundedness", round(grounded, 3), explanation="Two of three statements are in the retrieved documents."),
    ]
    if chance.random() < 0.06:
        rows.append(score(row, "readability", None, status="failed", reason="timeout", explanation="no answer within 30 s"))
    elif chance.random() < 0.1:
        rows.append(score(row, "readability", None, status="unscored", reason="the answer is empty"))
    else:
        rows.append(score(row, "readability", round(chance.uniform(0.5, 0.9), 3)))
    if chance.random() < 0.2:
        rows.append(score(row, "thumbs", float(chance.random() < 0.8), source="client", evaluator="", evaluator_version=""))
    return rows


def put(store: Store, spans: list[Row], scores: list[Row] | None = None) -> None:
    """Stores the rows, and what the collector keeps beside them: where traces lie in time, and the minutes."""
    store.insert("spans", spans)
    store.insert(
        "trace_times",
        [
            {
                "project": row["project"],
                "trace_id": row["trace_id"],
                "start_time": row["start_time"],
                "end_time": row["start_time"] + timedelta(microseconds=max(row["duration_ns"], 0) // 1000 + 1),
            }
            for row in spans
        ],
    )
    store.insert("scores", scores or [])
    ScoreHours(store).refresh()
    rollup = Rollup(store, share=1.0)
    rollup.touch((row["project"], row["start_time"].replace(second=0, microsecond=0)) for row in spans)
    rollup.refresh()


def odd_trace(now: datetime = NOW) -> list[Row]:
    """An agent's trace with all that a trace can hold: deep steps, every kind, media, failures, wrong parents, a late span."""
    trace_id = "0dd" + "0" * 29
    names = [
        ("invoke_agent concierge", "agent", ""),
        ("plan journey", "workflow", "1"),
        ("guard input", "guardrail", "1"),
        ("search_memory trips", "memory", "2"),
        ("embeddings small", "embedding", "2"),
        ("chat gpt-5", "llm", "2"),
        ("execute_tool timetable", "tool", "6"),
        ("execute_tool map", "tool", "6"),
        ("chat gpt-5", "llm", "2"),
        ("write report", "span", "99"),
        ("left", "span", "12"),
        ("right", "span", "11"),
    ]
    rows = []
    for number, (name, kind, parent) in enumerate(names, start=1):
        row = span(
            trace_id=trace_id,
            span_id=f"{number:016x}",
            parent_span_id=f"{int(parent):016x}" if parent else "",
            name=name,
            kind=kind,
            service="concierge",
            release="7",
            start_time=now - timedelta(minutes=20) + timedelta(milliseconds=130 * number),
            duration_ns=(2_600 if number == 1 else 900 if number == 2 else 110) * 1_000_000,
        )
        rows.append(row)
    rows[6].update(status_code="Error", status_message="timetable service unavailable", error_type="ConnectionError")
    rows[8].update(_talk(), response_model="gpt-5", provider="openai", input_tokens=1_840, output_tokens=310)
    rows[8].update(
        reasoning_tokens=120, cache_read_tokens=1_024, time_to_first_chunk_ns=40_000_000, cost_usd=0.0061, cost_status="computed"
    )
    rows[10]["received_at"] = now
    return rows


def long_trace(now: datetime = NOW) -> list[Row]:
    """Forty spans, each within the one before: an agent that calls itself until a lock ends it."""
    rows = [
        span(
            trace_id="10" + "0" * 30,
            span_id=f"{number:016x}",
            parent_span_id=f"{number - 1:016x}" if number > 1 else "",
            name=f"step {number}",
            service="ledger",
            start_time=now - timedelta(minutes=30) + timedelta(seconds=number),
            duration_ns=(60 - number) * 1_000_000_000,
        )
        for number in range(1, 41)
    ]
    rows[-1].update(status_code="Error", error_type="LockTimeout", status_message="the ledger is locked")
    return rows


def _talk() -> Row:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    asked = [
        message("system", "You plan journeys. Answer briefly."),
        message(
            "user",
            "How do I get to the lake on Sunday?",
            {"type": "blob", "mime_type": "image/png", "modality": "image", "content": pixel},
        ),
        message(
            "assistant", {"type": "tool_call", "id": "c1", "name": "timetable", "arguments": {"to": "lake", "day": "Sunday"}}
        ),
        message("tool", {"type": "tool_call_response", "id": "c1", "response": {"departures": ["09:10", "10:40"]}}),
    ]
    answered = [
        message(
            "assistant",
            {"type": "reasoning", "content": "The early train connects."},
            "Take the train at 09:10 from platform 2.",
            finish_reason="stop",
        )
    ]
    return {
        "content": {"gen_ai.input.messages": json.dumps(asked), "gen_ai.output.messages": json.dumps(answered)},
        "finish_reasons": ["stop"],
    }


def alert_change(**given: Any) -> Row:
    """A row of alerts: a change of state an hour ago."""
    return {
        "project": "default",
        "rule": "errors",
        "segment": {},
        "state": "firing",
        "changed_at": NOW - timedelta(hours=1),
        "value": 1.0,
        "threshold": 0.0,
        "message": "",
        **given,
    }


def measurement(**given: Any) -> Row:
    """A row of measurements: one drift figure of an hour's window that ended an hour ago."""
    end = given.get("window_end", NOW - timedelta(hours=1))
    return {
        "project": "default",
        "evaluator": "drift",
        "evaluator_version": "1",
        "window_start": end - timedelta(hours=1),
        "window_end": end,
        "segment": {"model": "large"},
        "name": "duration",
        "unit": "share",
        "status": "scored",
        "value": 0.1,
        "alarm": False,
        "reason": "",
        "details": {"p_adjusted": 0.001},
        "run_id": "run",
        **given,
    }


def dead_letter(**given: Any) -> Row:
    """A row of dead_letters: a request that failed an hour ago."""
    return {
        "project": "default",
        "received_at": NOW - timedelta(hours=1),
        "failed_at": NOW - timedelta(hours=1),
        "signal": "traces",
        "reason": "time out of range",
        "body": b"x" * 2048,
        **given,
    }
