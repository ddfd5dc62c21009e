"""What is captured: which application, in which environment, under which name. Must not know how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_CLIENTS = {
    "OPENAI_BASE_URL": "{model}/v1",
    "OPENAI_API_KEY": "none",
    "ANTHROPIC_BASE_URL": "{model}",
    "ANTHROPIC_API_KEY": "none",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "{sink}",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """`name` is DIALECT/NAME below tests/corpus/; `app` a folder of apps/; variables may name {model} and {sink}.

    `recorders` are the packages that wrote the spans down.
    """

    name: str
    app: str
    recorders: tuple[str, ...]
    script: str = "app.py"
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**_CLIENTS, **self.variables}


_CONTENT = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}

# Langfuse and MLflow read the server's address from variables of their own.
_LANGFUSE = {
    "LANGFUSE_BASE_URL": "{sink}",
    "LANGFUSE_PUBLIC_KEY": "pk-lf-1",
    "LANGFUSE_SECRET_KEY": "sk-lf-1",
    "OTEL_SERVICE_NAME": "furniture-shop",
}
_LANGSMITH = {"LANGSMITH_TRACING": "true", "LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true"}
_MLFLOW = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{sink}/v1/traces", "OTEL_SERVICE_NAME": "furniture-shop"}

CAPTURES = (
    Capture(name="otel/openai", app="otel-openai", recorders=("opentelemetry-instrumentation-genai-openai",), variables=_CONTENT),
    Capture(
        name="otel/anthropic",
        app="otel-anthropic",
        recorders=("opentelemetry-instrumentation-genai-anthropic", "anthropic"),
        variables=_CONTENT,
    ),
    Capture(
        name="otel/langchain",
        app="otel-langchain",
        recorders=("opentelemetry-instrumentation-genai-langchain",),
        variables=_CONTENT,
    ),
    Capture(
        name="otel/openai_agents",
        app="otel-openai-agents",
        recorders=("opentelemetry-instrumentation-genai-openai-agents", "opentelemetry-instrumentation-genai-openai"),
        variables=_CONTENT,
    ),
    Capture(
        name="otel/openai_v2",
        app="otel-openai-v2",
        recorders=("opentelemetry-instrumentation-openai-v2",),
        variables={"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"},
    ),
    Capture(
        name="otel/openai_v2_latest",
        app="otel-openai-v2",
        recorders=("opentelemetry-instrumentation-openai-v2",),
        variables={**_CONTENT, "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"},
    ),
    Capture(name="openinference/openai", app="openinference-openai", recorders=("openinference-instrumentation-openai",)),
    Capture(
        name="openinference/openai_dual_write",
        app="openinference-openai",
        recorders=("openinference-instrumentation-openai",),
        variables={"OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true"},
    ),
    Capture(
        name="openinference/anthropic",
        app="openinference-anthropic",
        recorders=("openinference-instrumentation-anthropic", "anthropic"),
    ),
    Capture(
        name="openinference/langchain", app="openinference-langchain", recorders=("openinference-instrumentation-langchain",)
    ),
    Capture(
        name="openinference/llama_index",
        app="openinference-llama-index",
        recorders=("openinference-instrumentation-llama-index",),
    ),
    Capture(
        name="openinference/openai_agents",
        app="openinference-openai-agents",
        recorders=("openinference-instrumentation-openai-agents",),
    ),
    Capture(name="openllmetry/openai", app="openllmetry-openai", recorders=("opentelemetry-instrumentation-openai",)),
    Capture(
        name="openllmetry/anthropic",
        app="openllmetry-anthropic",
        recorders=("opentelemetry-instrumentation-anthropic", "anthropic"),
    ),
    Capture(
        name="openllmetry/langchain",
        app="openllmetry-langchain",
        recorders=("traceloop-sdk", "opentelemetry-instrumentation-langchain"),
        variables={"TRACELOOP_BASE_URL": "{sink}"},
    ),
    Capture(name="langfuse/observe", app="langfuse", recorders=("langfuse",), variables=_LANGFUSE),
    Capture(name="langsmith/langchain", app="langsmith", recorders=("langsmith",), variables=_LANGSMITH),
    Capture(name="mlflow/openai", app="mlflow", recorders=("mlflow-skinny",), variables=_MLFLOW),
    Capture(name="pydantic_ai/agent", app="pydantic-ai", recorders=("pydantic-ai-slim", "logfire")),
    Capture(name="logfire/openai", app="logfire-openai", recorders=("logfire",)),
    Capture(name="openlit/openai", app="openlit", recorders=("openlit",)),
    Capture(name="litellm/openai", app="litellm", recorders=("litellm",), variables={"LITELLM_LOCAL_MODEL_COST_MAP": "True"}),
    Capture(name="openllmetry/openai_indexed", app="openllmetry-openai-old", recorders=("opentelemetry-instrumentation-openai",)),
    Capture(name="strands/agent", app="strands", recorders=("strands-agents",)),
    Capture(
        name="strands/agent_latest",
        app="strands",
        recorders=("strands-agents",),
        variables={"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental,gen_ai_tool_definitions"},
    ),
    Capture(
        name="google_adk/agent",
        app="google-adk",
        recorders=("google-adk",),
        variables={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS": "true", **_CONTENT},
    ),
    Capture(
        name="livekit/agent",
        app="livekit",
        recorders=("livekit-agents", "livekit-plugins-openai"),
        variables={"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"},
    ),
    Capture(name="claude_code/print", app="claude-code", script="app.mjs", recorders=("@anthropic-ai/claude-code",)),
    Capture(name="codex/exec", app="codex", script="app.mjs", recorders=("@openai/codex",)),
    Capture(name="mcp/tools", app="mcp", recorders=("mcp",)),
    Capture(name="vercel/ai_6", app="vercel-legacy", script="app.mjs", recorders=("ai",)),
    Capture(name="vercel/ai_7", app="vercel", script="app.mjs", recorders=("ai", "@ai-sdk/otel")),
    Capture(name="langfuse/openai", app="langfuse", script="openai_client.py", recorders=("langfuse",), variables=_LANGFUSE),
    Capture(name="langfuse/langchain", app="langfuse", script="chain.py", recorders=("langfuse",), variables=_LANGFUSE),
    Capture(name="openinference/manual", app="openinference-manual", recorders=("openinference-instrumentation",)),
    Capture(
        name="otel/llama_index",
        app="otel-llama-index",
        recorders=("opentelemetry-instrumentation-genai-llama-index",),
        variables=_CONTENT,
    ),
    Capture(name="pydantic_ai/agent_v2", app="pydantic-ai", script="events.py", recorders=("pydantic-ai-slim", "logfire")),
)
