"""What the JSON API takes and gives, as its OpenAPI document describes it.

Instants are Unix nanoseconds, UTC; money is text, so that no digit is lost. Must not know where any of it is stored.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator

from spanhouse_collector.api.attributes import Attribute
from spanhouse_collector.api.paging import NO_BOUND, Paging

StatusCode = Literal["Unset", "Ok", "Error"]
CostStatus = Literal["no_usage", "unknown_model", "computed", "reported", "roll_up"]
Dialect = Annotated[str, Field(description="the convention that the span was written in: otel, openinference, traceloop...")]
TraceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{32}$", to_lower=True)]
SpanId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{16}$", to_lower=True)]
_KIND_NAMES = "llm, embedding, retriever, reranker, tool, agent, workflow, guardrail, evaluator, memory, prompt or span"
_MILLISECOND_NS = 1_000_000


class Problem(BaseModel):
    """An error: one sentence that says what, which value, and what to do."""

    error: str


class TimeFilter(Paging):
    """A list within a time range."""

    since: Annotated[AwareDatetime | None, Field(description="from this instant on, with a time zone (ISO 8601)")] = None
    until: Annotated[AwareDatetime | None, Field(description="before this instant, with a time zone (ISO 8601)")] = None

    def bounds(self) -> dict[str, int]:
        """The range as parameters of a statement: since_ns (inclusive) and until_ns (exclusive)."""
        return {
            "since_ns": 0 if self.since is None else int(self.since.timestamp() * 1_000) * _MILLISECOND_NS,
            "until_ns": NO_BOUND if self.until is None else int(self.until.timestamp() * 1_000) * _MILLISECOND_NS,
        }


class SpanFilter(TimeFilter):
    """Which spans, or which traces by their root spans; a filter left out lets all pass."""

    service: str = ""
    environment: str = ""
    release: str = ""
    model: Annotated[str, Field(description="of the span, or of any span of the trace")] = ""
    status: Literal["", "Unset", "Ok", "Error"] = ""
    session_id: str = ""
    user_id: str = ""
    name: str = ""
    min_duration_ms: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] = 0

    def params(self) -> dict[str, object]:
        """The filter as parameters of a statement."""
        names = ("service", "environment", "release", "model", "status", "session_id", "user_id", "name")
        texts: dict[str, object] = {name: getattr(self, name) for name in names}
        return {**texts, "min_duration_ns": int(self.min_duration_ms * _MILLISECOND_NS), **self.bounds()}


class KindFilter(SpanFilter):
    """Which spans."""

    kind: Annotated[str, Field(description=_KIND_NAMES)] = ""

    def params(self) -> dict[str, object]:
        return {**super().params(), "kind": self.kind}


class ScoreFilter(TimeFilter):
    """Which scores; a filter left out lets all pass."""

    trace_id: str = ""
    name: str = ""
    source: Literal["", "client", "evaluator", "person"] = ""
    status: Literal["", "scored", "failed", "unscored"] = ""


class ModelFilter(Paging):
    """Which models."""

    unpriced: Annotated[bool, Field(description="only those with usage whose price is not known")] = False


class Trace(BaseModel):
    """A trace, by its root span."""

    trace_id: str
    name: str
    service: str
    environment: str
    release: str
    status_code: StatusCode
    session_id: str
    user_id: str
    start_ns: int
    duration_ns: int


class SpanSummary(BaseModel):
    """A span in a list."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    dialect: Dialect
    operation: str
    provider: str
    model: str
    service: str
    environment: str
    release: str
    status_code: StatusCode
    session_id: str
    user_id: str
    start_ns: int
    duration_ns: int
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: str | None
    cost_status: CostStatus
    input_preview: str
    output_preview: str


class _SpanCore(BaseModel):
    """What a span has besides its attributes."""

    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    flags: int
    name: str
    span_kind: str
    start_ns: int
    duration_ns: int
    status_code: StatusCode
    status_message: str
    service: str
    environment: str
    release: str
    scope_name: str
    scope_version: str
    kind: str
    dialect: Dialect
    operation: str
    provider: str
    request_model: str
    response_model: str
    agent_name: str
    workflow_name: str
    tool_name: str
    prompt_name: str
    prompt_version: str
    session_id: str
    user_id: str
    tags: list[str]
    response_id: str
    finish_reasons: list[str]
    error_type: str
    is_stream: bool | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    time_to_first_chunk_ns: int | None
    cost_usd: str | None
    cost_status: CostStatus
    translated: dict[str, str] = Field(
        description="what a dialect says, by OpenTelemetry's newest names; the attributes stay as sent"
    )
    dropped_attributes_count: int
    dropped_events_count: int
    dropped_links_count: int


class TraceSpan(_SpanCore):
    """A span of a trace, with its attributes as texts and, beside them, the kinds they were sent as."""

    attributes: dict[str, str]
    attribute_kinds: list[str]
    content: dict[str, str] = Field(description="prompts, answers and long values")
    content_kinds: list[str]
    resource_attributes: dict[str, str]
    resource_attribute_kinds: list[str]
    scope_attributes: dict[str, str]
    scope_attribute_kinds: list[str]
    event_times_ns: list[int]
    event_names: list[str]
    event_attributes: list[dict[str, str]]
    link_trace_ids: list[str]
    link_span_ids: list[str]
    link_attributes: list[dict[str, str]]


class Event(BaseModel):
    """Something that happened during a span."""

    time_ns: int
    name: str
    attributes: dict[str, Attribute]
    dropped_attributes_count: int


class Link(BaseModel):
    """Another span that a span points to."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: dict[str, Attribute]
    dropped_attributes_count: int


class CostParts(BaseModel):
    """What a computed cost is made of, in US dollars as text, and whose price it is. Output is without reasoning."""

    input_usd: str
    cache_read_usd: str
    cache_write_usd: str
    output_usd: str
    reasoning_usd: str
    request_usd: str
    price_source: str


class Span(_SpanCore):
    """One span with everything that was received, its values as they were sent."""

    cost_parts: CostParts | None = Field(default=None, description="null unless the cost was computed at the price of today")

    attributes: dict[str, Attribute]
    content: dict[str, Attribute] = Field(description="prompts, answers and long values")
    resource_attributes: dict[str, Attribute]
    scope_attributes: dict[str, Attribute]
    events: list[Event]
    links: list[Link]
    received_ms: int
    stored_ms: int


class Session(BaseModel):
    """A conversation: the traces that carry one session id."""

    session_id: str
    start_ns: int
    end_ns: int
    traces: int
    spans: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_usd: str | None = Field(description="null if nothing was priced")
    user_id: str


class Score(BaseModel):
    """A score. Without a value and a label, `status` and `reason` say why; a missing score is never zero."""

    time_ns: int
    scored_at_ms: int
    target: Literal["span", "trace", "session"]
    trace_id: str
    span_id: str
    session_id: str
    response_id: str
    name: str
    source: Literal["client", "evaluator", "person"]
    evaluator: str
    evaluator_version: str
    status: Literal["scored", "failed", "unscored"]
    value: float | None
    label: str
    explanation: str
    reason: str
    service: str
    environment: str
    release: str
    model: str


class Annotation(BaseModel):
    """A person's score of a span (trace_id and span_id), a trace (trace_id) or a session (session_id)."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    value: FiniteFloat | None = None
    label: Annotated[str, Field(max_length=200)] = ""
    explanation: Annotated[str, Field(max_length=10_000)] = ""
    trace_id: TraceId | Literal[""] = ""
    span_id: SpanId | Literal[""] = ""
    session_id: Annotated[str, Field(max_length=1_000)] = ""
    author: Annotated[str, Field(max_length=200, description="who scores; another score by the same one replaces this")] = ""

    @model_validator(mode="after")
    def _says_what_and_of_what(self) -> Self:
        if self.value is None and not self.label:
            raise ValueError("give a value or a label")
        if bool(self.trace_id) == bool(self.session_id) or (self.span_id and not self.trace_id):
            raise ValueError("give a trace_id, or a trace_id and a span_id, or a session_id")
        return self

    @property
    def target(self) -> Literal["span", "trace", "session"]:
        """What is scored."""
        return "span" if self.span_id else "trace" if self.trace_id else "session"


class Project(BaseModel):
    """A project and how much it holds."""

    name: str
    spans: int
    traces: int
    cost_usd: str
    first_minute_ns: int | None = Field(description="null if it holds nothing")
    last_minute_ns: int | None


class Model(BaseModel):
    """A model that was called. Its cost is incomplete where spans with usage have no price."""

    provider: str
    model: str
    spans: int
    usage_spans: int = Field(description="spans that tell their tokens")
    priced_spans: int = Field(description="spans whose cost is known")
    cost_usd: str
    first_minute_ns: int
    last_minute_ns: int
