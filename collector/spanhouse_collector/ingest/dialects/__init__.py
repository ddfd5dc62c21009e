"""Dialects: one module each, as data; the translator that reads them; and who of them speaks first."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.claude_code import CLAUDE_CODE
from spanhouse_collector.ingest.dialects.codex import CODEX
from spanhouse_collector.ingest.dialects.coding_agents import CLAUDE_CODE_RECORDS, CODEX_RECORDS
from spanhouse_collector.ingest.dialects.dialect import Event, Source
from spanhouse_collector.ingest.dialects.frameworks import BARE_WORDS, FLUE, GENKIT, VOLTAGENT
from spanhouse_collector.ingest.dialects.google_adk import GOOGLE_ADK
from spanhouse_collector.ingest.dialects.laminar import LAMINAR
from spanhouse_collector.ingest.dialects.langfuse import LANGFUSE
from spanhouse_collector.ingest.dialects.langsmith import LANGSMITH
from spanhouse_collector.ingest.dialects.livekit import LIVEKIT
from spanhouse_collector.ingest.dialects.mcp import MCP
from spanhouse_collector.ingest.dialects.mlflow import MLFLOW
from spanhouse_collector.ingest.dialects.openinference import OPENINFERENCE
from spanhouse_collector.ingest.dialects.openlit import OPENLIT
from spanhouse_collector.ingest.dialects.otel import OTEL
from spanhouse_collector.ingest.dialects.pydantic_ai import PYDANTIC_AI, PYDANTIC_AI_WORDS
from spanhouse_collector.ingest.dialects.strands import STRANDS
from spanhouse_collector.ingest.dialects.traceloop import TRACELOOP
from spanhouse_collector.ingest.dialects.translator import HEAD_LETTERS, TRANSLATION_ERRORS, VERSION, Translation, Translator
from spanhouse_collector.ingest.dialects.vercel import VERCEL

__all__ = [
    "HEAD_LETTERS",
    "RECORD_TRANSLATOR",
    "SELF_RECORDING_SCOPES",
    "TRANSLATION_ERRORS",
    "TRANSLATOR",
    "VERSION",
    "Event",
    "Source",
    "Translation",
    "Translator",
    "names",
    "reading",
]

#: A span that speaks several dialects takes its name, and every field, from the first of these that says something.
TRANSLATOR = Translator(
    (
        LANGFUSE,
        OPENINFERENCE,
        CLAUDE_CODE,
        CODEX,
        LANGSMITH,
        STRANDS,
        OTEL,
        TRACELOOP,
        VERCEL,
        MLFLOW,
        PYDANTIC_AI,
        PYDANTIC_AI_WORDS,
        LIVEKIT,
        LAMINAR,
        GOOGLE_ADK,
        GENKIT,
        FLUE,
        VOLTAGENT,
        MCP,
        OPENLIT,
        BARE_WORDS,
    )
)
#: Reads log records that tell of a call; their names are those of the events.
RECORD_TRANSLATOR = Translator((CLAUDE_CODE_RECORDS, CODEX_RECORDS))
#: Scopes of clients that record their own calls, whatever instrumentation records them around it; in canonical names.
SELF_RECORDING_SCOPES = ("com.anthropic.sdk.python",)
