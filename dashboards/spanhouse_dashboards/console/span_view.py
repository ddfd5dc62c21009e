"""Makes of a span's row what its panel shows: facts, messages, tool values, documents, attributes, events, links.

Must not know HTML or the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanhouse_dashboards.console import formats
from spanhouse_dashboards.console.messages import Document, Messages, Part, read_documents, read_messages, read_value
from spanhouse_dashboards.console.repeats import Shown, shown_in, unshown

# Shown in sections of their own, or already among the facts.
_SHOWN = frozenset(
    {
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents",
        "spanhouse.input", "spanhouse.output",
    }
)  # fmt: skip
MAX_EVENTS = 100
MAX_ATTRIBUTES = 500
_COST_WORDS = {
    "no_usage": "no usage reported",
    "unknown_model": "no price known for this model",
    "computed": "from dated list prices",
    "reported": "reported by the application",
    "roll_up": "sum of the spans below, not priced again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled value of the span; `key` is the attribute it came from."""

    title: str
    key: str
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened within the span, `offset_ns` after its start.

    `is_repeated`: it holds a message that the span shows already, which is then left out.
    """

    name: str
    offset_ns: int
    attributes: Sequence[tuple[str, Part]]
    is_repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A bar of the tokens used: each share of the whole from 0 to 100."""

    label: str
    tokens: int
    style: str
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanView:
    """All that a span's panel shows. `row` holds the plain columns, `shown` what its messages show."""

    row: Mapping[str, Any]
    offset_ns: int
    facts: Sequence[tuple[str, str]]
    tokens: Sequence[Tokens]
    cost_words: str
    instructions: Messages
    input: Messages
    output: Messages
    shown: Shown
    sections: Sequence[Section]
    documents: Sequence[Document]
    hidden_documents: int
    tables: Sequence[tuple[str, Sequence[tuple[str, Part]], int]]
    events: Sequence[Event]
    hidden_events: int
    links: Sequence[tuple[str, str, Sequence[tuple[str, Part]]]]


def view_span(row: Mapping[str, Any], details: Mapping[str, Any], *, trace_start_ns: int) -> SpanView:
    """The view of a span's row of `trace_spans.sql` with that of `span_details.sql`."""
    row = {**row, **details}
    values = span_values(details)
    documents, hidden_documents = read_documents(values.get("gen_ai.retrieval.documents", ""))
    instructions = read_messages(values.get("gen_ai.system_instructions", ""), default_role="system")
    asked = read_messages(values.get("gen_ai.input.messages", ""), default_role="user")
    answered = read_messages(values.get("gen_ai.output.messages", ""), default_role="assistant")
    shown = shown_in(instructions, asked, answered)
    return SpanView(
        row=row,
        offset_ns=row["start_ns"] - trace_start_ns,
        facts=_facts(row),
        tokens=_tokens(row),
        cost_words=str(_COST_WORDS.get(row["cost_status"], row["cost_status"])),
        instructions=instructions,
        input=asked,
        output=answered,
        shown=shown,
        sections=_sections(values),
        documents=documents,
        hidden_documents=hidden_documents,
        tables=_tables(row),
        events=_events(row, shown),
        hidden_events=max(len(row["event_names"]) - MAX_EVENTS, 0),
        links=[
            (trace, span, _pairs(attributes)[0])
            for trace, span, attributes in zip(row["link_traces"], row["link_spans"], row["link_attributes"], strict=True)
        ][:MAX_EVENTS],
    )


def span_values(details: Mapping[str, Any]) -> dict[str, str]:
    """The span's attributes and content, in OpenTelemetry's newest names where they came in those of another dialect."""
    return {**details["attributes"], **details["content"], **details["translated"]}


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    model = row["response_model"] or row["request_model"]
    asked = row["request_model"] if row["response_model"] and row["request_model"] != row["response_model"] else ""
    prompt = f"{row['prompt_name']} {row['prompt_version']}".strip()
    facts = [
        ("Model", model),
        ("Asked for", asked),
        ("Provider", row["provider"]),
        ("Operation", row["operation"]),
        ("Agent", row["agent_name"]),
        ("Workflow", row["workflow_name"]),
        ("Tool", row["tool_name"]),
        ("Prompt", prompt),
        ("Finish reason", ", ".join(row["finish_reasons"])),
        ("Streamed", {True: "yes", False: "no", None: ""}[row["is_stream"]]),
        ("Output speed", _speed(row)),
        ("Service", row["service"]),
        ("Environment", row["environment"]),
        ("Release", row["release"]),
        ("Session", row["session_id"]),
        ("User", row["user_id"]),
        ("Tags", ", ".join(row["tags"])),
        ("Response id", row["response_id"]),
        ("Dialect", row["dialect"]),
    ]
    return [(name, value) for name, value in facts if value]


def _speed(row: Mapping[str, Any]) -> str:
    """Output tokens a second after the first one; needs the time to the first chunk and more than one token."""
    first_ns, tokens = row["time_to_first_chunk_ns"], row["output_tokens"]
    if first_ns is None or tokens is None or tokens < 2 or row["duration_ns"] <= first_ns:
        return ""
    return f"{formats.score(round((tokens - 1) / (row['duration_ns'] - first_ns) * 1e9, 1))} tokens/s"


def _tokens(row: Mapping[str, Any]) -> list[Tokens]:
    """Input and output with their subsets: cached, audio and reasoning tokens are part of the totals, never added to them."""
    total_in, total_out = row["input_tokens"] or 0, row["output_tokens"] or 0
    read = min(row["cache_read_tokens"] or 0, total_in)
    written = min(row["cache_write_tokens"] or 0, total_in - read)
    heard = min(row["uncached_audio_tokens"] or 0, total_in - read - written)
    other_in = total_in - read - written - heard
    reasoning = min(row["reasoning_tokens"] or 0, total_out)
    spoken = min(row["audio_output_tokens"] or 0, total_out - reasoning)
    other_out = total_out - reasoning - spoken
    parts = [
        ("cache read", read, "cached"),
        ("cache write", written, "written"),
        ("audio input", heard, "heard"),
        ("input" if other_in == total_in else "other input", other_in, "input"),
        ("reasoning", reasoning, "reasoning"),
        ("audio output", spoken, "spoken"),
        ("output" if other_out == total_out else "other output", other_out, "output"),
    ]
    whole, left, bars = max(total_in + total_out, 1), 0.0, []
    for label, tokens, style in parts:
        if tokens:
            width = tokens / whole * 100
            bars.append(Tokens(label=label, tokens=tokens, style=style, left=round(left, 2), width=round(width, 2)))
            left += width
    return bars


def _sections(values: Mapping[str, str]) -> list[Section]:
    titled = (
        ("Retrieval query", "gen_ai.retrieval.query.text"),
        ("Tool arguments", "gen_ai.tool.call.arguments"),
        ("Tool result", "gen_ai.tool.call.result"),
        ("Input", "spanhouse.input"),
        ("Output", "spanhouse.output"),
    )
    return [Section(title=title, key=key, part=read_value(values[key])) for title, key in titled if values.get(key)]


def _tables(row: Mapping[str, Any]) -> list[tuple[str, Sequence[tuple[str, Part]], int]]:
    """Titled tables of attributes with the number of those left out; empty ones are left out."""
    values = {**row["attributes"], **row["content"]}
    titled = (
        ("Attributes", {name: value for name, value in values.items() if name not in _SHOWN}),
        ("Translated", {name: value for name, value in row["translated"].items() if name not in _SHOWN}),
        ("Tool definitions", {name: value for name, value in values.items() if name == "gen_ai.tool.definitions"}),
        ("Resource", row["resource_attributes"]),
        ("Scope", _scope(row)),
    )
    return [(title, *_pairs(table)) for title, table in titled if table]


def _scope(row: Mapping[str, Any]) -> dict[str, str]:
    named = {"name": row["scope_name"], "version": row["scope_version"], **row["scope_attributes"]}
    return {name: value for name, value in named.items() if value}


def _pairs(attributes: Mapping[str, str]) -> tuple[list[tuple[str, Part]], int]:
    names = sorted(attributes)
    return [(name, read_value(attributes[name])) for name in names[:MAX_ATTRIBUTES]], max(len(names) - MAX_ATTRIBUTES, 0)


def _events(row: Mapping[str, Any], shown: Shown) -> list[Event]:
    zipped = zip(row["event_names"], row["event_times_ns"], row["event_attributes"], strict=True)
    return [
        _event(name, time_ns - row["start_ns"], attributes=attributes, shown=shown)
        for name, time_ns, attributes in list(zipped)[:MAX_EVENTS]
    ]


def _event(name: str, offset_ns: int, *, attributes: Mapping[str, str], shown: Shown) -> Event:
    rest = unshown(name, attributes, shown=shown)
    return Event(name=name, offset_ns=offset_ns, attributes=_pairs(rest)[0], is_repeated=len(rest) < len(attributes))
