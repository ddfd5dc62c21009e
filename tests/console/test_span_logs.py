"""What a span's panel says beside its attributes: its dialect, what was translated, and the log records that name it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.console.serving import Console
from tests.console.traffic import NOW, Row, put, span

pytestmark = pytest.mark.store

TRACE, SPAN = "d" * 32, "d" * 16


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def record(event_name: str, body: Any, *, after_ms: int, **more: Any) -> Row:
    """A row of logs about the span."""
    return {
        "project": "default",
        "time": NOW + timedelta(milliseconds=after_ms),
        "trace_id": TRACE,
        "span_id": SPAN,
        "event_name": event_name,
        "severity_text": "",
        "attributes": {},
        "body": body if isinstance(body, str) else json.dumps(body),
        "record_hash": after_ms,
        **more,
    }


def test_a_span_of_another_dialect_shows_its_name_and_its_messages_translated(console: Console) -> None:
    row = span(
        trace_id=TRACE,
        span_id=SPAN,
        kind="llm",
        dialect="openinference",
        attributes={"llm.input_messages.0.message.content": "raw question"},
        translated={
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where is it?"}]}]),
            "gen_ai.request.temperature": "0.2",
        },
    )
    put(console.store, [row])
    text = words(console.text(f"/traces/{TRACE}"))
    assert "Dialect openinference" in text
    assert "user Where is it?" in text
    assert "Translated 1 gen_ai.request.temperature 0.2" in text
    assert "llm.input_messages.0.message.content raw question" in text
    whole = f"/traces/{TRACE}/spans/{SPAN}/content?key=gen_ai.input.messages"
    assert "Where is it?" in console.text(whole)


def test_messages_sent_as_events_read_as_a_conversation_in_order(console: Console) -> None:
    put(console.store, [span(trace_id=TRACE, span_id=SPAN, kind="llm")])
    function = {"name": "find_order", "arguments": '{"id": 7}'}
    said = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
    logs = [
        record("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "On its way."}}, after_ms=40),
        record("gen_ai.user.message", {"content": "Where is order 7?"}, after_ms=1),
        record("gen_ai.assistant.message", said, after_ms=2),
        record("gen_ai.tool.message", {"id": "c1", "content": "shipped"}, after_ms=3),
        record("gen_ai.system.message", {}, after_ms=0, attributes={"gen_ai.system": "openai"}),
        record("", "cache was cold", after_ms=4, severity_text="WARN"),
        record("gen_ai.user.message", {"content": "of somebody else"}, after_ms=5, project="theirs"),
        record("gen_ai.user.message", {"content": "of another span"}, after_ms=6, span_id="e" * 16),
    ]
    console.store.insert("logs", logs)
    text = words(console.text(f"/traces/{TRACE}/spans/{SPAN}"))
    assert "Log records 6" in text
    told = (
        "gen_ai.system.message after 0 s {} gen_ai.system openai",
        "gen_ai.user.message after 1 ms user Where is order 7?",
        "gen_ai.assistant.message after 2 ms assistant tool call find_order c1 { &#34;id&#34;: 7 }",
        "gen_ai.tool.message after 3 ms tool tool result c1 shipped",
        "log WARN after 4 ms cache was cold",
        "gen_ai.choice after 40 ms assistant finished: stop On its way.",
    )
    places = [text.find(one) for one in told]
    assert -1 not in places, (told[places.index(-1)], text[text.index("Log records") :])
    assert places == sorted(places)
    assert "somebody else" not in text
    assert "another span" not in text


def test_a_body_that_is_no_message_is_shown_as_it_came(console: Console) -> None:
    put(console.store, [span(trace_id=TRACE, span_id=SPAN)])
    bodies = ["[1, 2]", "plain words", '"text"', '{"content": 3, "tool_calls": "none"}', '{"tool_calls": [null]}']
    console.store.insert("logs", [record("gen_ai.user.message", body, after_ms=n) for n, body in enumerate(bodies)])
    text = words(console.text(f"/traces/{TRACE}"))
    for shown in ("[ 1, 2 ]", "plain words", "&#34;text&#34;", "user other 3"):
        assert shown in text
    assert "Log records 5" in text


def test_a_span_without_log_records_says_nothing_of_them(busy: Console) -> None:
    put_trace = re.search(r'href="/traces/([0-9a-f]{32})', busy.text("/traces"))
    assert put_trace is not None
    assert "Log records" not in busy.text(f"/traces/{put_trace.group(1)}")


def test_a_message_that_its_span_shows_already_is_told_once(console: Console) -> None:
    """The collector gives a span the messages that came as records; a span event of the same message may come beside them."""
    asked = {"role": "user", "parts": [{"type": "text", "content": "Where is order 7?"}]}
    answered = {"role": "assistant", "parts": [{"type": "text", "content": "On its way."}], "finish_reason": "stop"}
    translated = {"gen_ai.input.messages": json.dumps([asked]), "gen_ai.output.messages": json.dumps([answered])}
    events = {
        "events.time": [NOW],
        "events.name": ["gen_ai.user.message"],
        "events.attributes": [{"content": "Where is order 7?", "gen_ai.system": "openai"}],
        "events.attribute_kinds": [[]],
        "events.dropped_attributes_count": [0],
    }
    put(console.store, [span(trace_id=TRACE, span_id=SPAN, kind="llm", dialect="otel", translated=translated, **events)])
    logs = [
        record("gen_ai.user.message", {"content": "Where is order 7?"}, after_ms=1),
        record("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "On its way."}}, after_ms=40),
        record("gen_ai.user.message", {"content": "What the span does not hold"}, after_ms=50),
    ]
    console.store.insert("logs", logs)
    text = words(console.text(f"/traces/{TRACE}/spans/{SPAN}"))
    assert text.count("Where is order 7?") == 1
    assert text.count("On its way.") == 1
    assert "gen_ai.user.message after 0 s shown above gen_ai.system openai" in text
    assert "gen_ai.choice after 40 ms shown above" in text
    assert "gen_ai.user.message after 50 ms user What the span does not hold" in text
