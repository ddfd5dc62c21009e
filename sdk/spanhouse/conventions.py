"""The names on the wire: OpenTelemetry's newest GenAI attributes, and the few of our own.

The GenAI conventions live in open-telemetry/semantic-conventions-genai, have no stable release, and the published
Python constants lag behind them, so the names are kept here. This file knows nothing of how spans are made.
"""

from dataclasses import dataclass
from typing import Final, Literal

from opentelemetry.trace import SpanKind

Kind = Literal["llm", "tool", "retrieval", "agent", "workflow", "embedding", "guardrail"]

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
ERROR_TYPE: Final = "error.type"

REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"  # seconds

INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"

INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"

TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
RETRIEVAL_QUERY: Final = "gen_ai.retrieval.query.text"
RETRIEVAL_DOCUMENTS: Final = "gen_ai.retrieval.documents"
RETRIEVAL_TOP_K: Final = "gen_ai.retrieval.top_k"
DATA_SOURCE_ID: Final = "gen_ai.data_source.id"
AGENT_NAME: Final = "gen_ai.agent.name"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
EMBEDDING_DIMENSIONS: Final = "gen_ai.embeddings.dimension.count"

SESSION_ID: Final = "session.id"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
USER_ID: Final = "user.id"
PROMPT_NAME: Final = "gen_ai.prompt.name"
PROMPT_VERSION: Final = "gen_ai.prompt.version"

EVALUATION_EVENT: Final = "gen_ai.evaluation.result"
EVALUATION_NAME: Final = "gen_ai.evaluation.name"
EVALUATION_VALUE: Final = "gen_ai.evaluation.score.value"
EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION: Final = "gen_ai.evaluation.explanation"

# Ours, where OpenTelemetry has no name: JSON text of what a step was given and gave back, when it is not messages.
INPUT: Final = "spanhouse.input"
OUTPUT: Final = "spanhouse.output"
GUARDRAIL_NAME: Final = "spanhouse.guardrail.name"
STREAM_ABANDONED: Final = "spanhouse.stream.abandoned"
TAGS: Final = "spanhouse.tags"
METADATA_PREFIX: Final = "spanhouse.metadata."

# What the SDK itself lost, told to the collector as a log record of this event name.
DROPPED_EVENT: Final = "spanhouse.sdk.dropped"
DROPPED_SIGNAL: Final = "spanhouse.sdk.signal"  # spans, scores
DROPPED_REASON: Final = "spanhouse.sdk.reason"  # queue_full, refused, gave_up …: losses.Reason
DROPPED_COUNT: Final = "spanhouse.sdk.count"

# Where texts of prompts, answers, arguments and results stand: by our names, OpenTelemetry's, and those of libraries that write
# spans themselves and do not hear that none are wanted.
CONTENT_KEYS: Final = frozenset(
    {
        INPUT_MESSAGES,
        OUTPUT_MESSAGES,
        SYSTEM_INSTRUCTIONS,
        TOOL_ARGUMENTS,
        TOOL_RESULT,
        RETRIEVAL_QUERY,
        RETRIEVAL_DOCUMENTS,
        INPUT,
        OUTPUT,
        "input.value",
        "output.value",
        "traceloop.entity.input",
        "traceloop.entity.output",
        "langfuse.observation.input",
        "langfuse.observation.output",
        "final_result",
        "pydantic_ai.all_messages",
        "all_messages_events",
        "tool_arguments",
        "tool_response",
    }
)
CONTENT_PREFIXES: Final = (
    "llm.input_messages.",
    "llm.output_messages.",
    "gen_ai.completion.",
    *(f"gen_ai.prompt.{digit}" for digit in range(10)),  # the older form numbers its messages; gen_ai.prompt.name is no text
)

SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
ENVIRONMENT: Final = "deployment.environment.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How one kind of step is written down.

    ``messages`` says whether texts and message lists become GenAI messages; what is not a text or a message list then
    falls back to ``spanhouse.input`` and ``spanhouse.output``.
    """

    operation: str
    span_kind: SpanKind
    name_key: str | None = None
    input_key: str = INPUT
    output_key: str = OUTPUT
    messages: bool = False


PLAIN: Final = Convention(operation="", span_kind=SpanKind.INTERNAL)  # a step of no particular kind

CONVENTIONS: Final[dict[Kind, Convention]] = {
    "llm": Convention(operation="chat", span_kind=SpanKind.CLIENT, messages=True),
    "tool": Convention(
        operation="execute_tool",
        span_kind=SpanKind.INTERNAL,
        name_key=TOOL_NAME,
        input_key=TOOL_ARGUMENTS,
        output_key=TOOL_RESULT,
    ),
    "retrieval": Convention(
        operation="retrieval",
        span_kind=SpanKind.CLIENT,
        name_key=DATA_SOURCE_ID,
        input_key=RETRIEVAL_QUERY,
        output_key=RETRIEVAL_DOCUMENTS,
    ),
    "agent": Convention(operation="invoke_agent", span_kind=SpanKind.INTERNAL, name_key=AGENT_NAME, messages=True),
    "workflow": Convention(operation="invoke_workflow", span_kind=SpanKind.INTERNAL, name_key=WORKFLOW_NAME, messages=True),
    "embedding": Convention(operation="embeddings", span_kind=SpanKind.CLIENT),
    # The conventions know no guardrail operation; their list of operations is open, so this one is ours.
    "guardrail": Convention(operation="guardrail", span_kind=SpanKind.INTERNAL, name_key=GUARDRAIL_NAME, messages=True),
}
