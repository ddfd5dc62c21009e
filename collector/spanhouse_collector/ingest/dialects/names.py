"""Names into which every dialect is translated: OpenTelemetry's newest GenAI attributes, and ours where it has none.

Must not know who uses another name for any of these.
"""

from __future__ import annotations

from typing import Final

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK_S: Final = "gen_ai.response.time_to_first_chunk"
STREAM: Final = "gen_ai.request.stream"
#: What the call was asked with; parameters of any name may follow this prefix.
REQUEST_PREFIX: Final = "gen_ai.request."

INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
#: Those of the tokens written to a cache that stay there for an hour; OpenTelemetry has no name for them.
CACHE_WRITE_1H_TOKENS: Final = "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
AUDIO_INPUT_TOKENS: Final = "gen_ai.usage.audio.input_tokens"
AUDIO_OUTPUT_TOKENS: Final = "gen_ai.usage.audio.output_tokens"
AUDIO_CACHE_READ_TOKENS: Final = "gen_ai.usage.audio.cache_read.input_tokens"
IMAGE_INPUT_TOKENS: Final = "gen_ai.usage.image.input_tokens"
IMAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.image.output_tokens"
IMAGE_CACHE_READ_TOKENS: Final = "gen_ai.usage.image.cache_read.input_tokens"
#: As OpenTelemetry would call them; it counts no video yet.
VIDEO_INPUT_TOKENS: Final = "gen_ai.usage.video.input_tokens"
VIDEO_OUTPUT_TOKENS: Final = "gen_ai.usage.video.output_tokens"
TEXT_INPUT_TOKENS: Final = "gen_ai.usage.text.input_tokens"
TEXT_OUTPUT_TOKENS: Final = "gen_ai.usage.text.output_tokens"
#: Searches of the web that the provider ran for the call, by the name that most senders use.
WEB_SEARCHES: Final = "gen_ai.usage.web_search_requests"
#: As the sender counts it; ours is the sum of input and output.
TOTAL_TOKENS: Final = "gen_ai.usage.total_tokens"
#: What the provider served the call as (OpenTelemetry's names), and what it was asked for.
RESPONSE_SERVICE_TIER: Final = "openai.response.service_tier"
REQUEST_SERVICE_TIER: Final = "openai.request.service_tier"
#: In USD, as the sender reports it.
COST: Final = "gen_ai.usage.cost"

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
AGENT_ID: Final = "gen_ai.agent.id"
AGENT_VERSION: Final = "gen_ai.agent.version"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
PROMPT_NAME: Final = "gen_ai.prompt.name"
PROMPT_VERSION: Final = "gen_ai.prompt.version"
PROMPT_VARIABLE_PREFIX: Final = "gen_ai.prompt.variable."

SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"
ENVIRONMENT: Final = "deployment.environment.name"
RELEASE: Final = "service.version"
ERROR_TYPE: Final = "error.type"

KIND: Final = "spanhouse.kind"
INPUT: Final = "spanhouse.input"
OUTPUT: Final = "spanhouse.output"
TAGS: Final = "spanhouse.tags"
#: Scores that came on the span, as a JSON list (evaluations.py).
EVALUATIONS: Final = "spanhouse.evaluations"
METADATA_PREFIX: Final = "spanhouse.metadata."
TRACE_NAME: Final = "spanhouse.trace.name"
PROMPT_TEMPLATE: Final = "spanhouse.prompt.template"
#: The system that keeps the prompt, which its name and version are of.
PROMPT_VENDOR: Final = "spanhouse.prompt.vendor"
#: Of a call that comes as a log record: what it is one turn of, and how long it took until the record was written.
TURN_ID: Final = "spanhouse.turn.id"
DURATION_MS: Final = "spanhouse.duration_ms"
#: What a dialect says beside the status: its level (DEBUG, DEFAULT, WARNING, ERROR) and the sentence that goes with it.
LEVEL: Final = "spanhouse.level"
STATUS_MESSAGE: Final = "spanhouse.status.message"

#: Kinds of spans, by the operation that OpenTelemetry names.
KINDS: Final = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "fetch_response": "llm",
    "embeddings": "embedding",
    "retrieval": "retriever",
    "rerank": "reranker",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "plan": "agent",
    "invoke_workflow": "workflow",
    "guardrail": "guardrail",
    "evaluate": "evaluator",
    # Met in the wild; the list is open.
    "completion": "llm",
    "generate": "llm",
    "response": "llm",
    "model_request": "llm",
    "llm_call": "llm",
    "tool_call": "tool",
    "agent_call": "agent",
    "agent_step": "agent",
    "execute_task": "workflow",
}
#: The operation of a span whose dialect names its kind only.
OPERATIONS: Final = {
    "llm": "chat",
    "embedding": "embeddings",
    "retriever": "retrieval",
    "reranker": "rerank",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
    "guardrail": "guardrail",
    "evaluator": "evaluate",
}
