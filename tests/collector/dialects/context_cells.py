"""The mapping table's rows of cost, times and context: who, where, which prompt. Data only."""

from __future__ import annotations

from decimal import Decimal

from tests.collector.dialects.cells import CLAUDE, ENTITY, LF, LF_COST, PYDANTIC, VAI, Cell, Given, cell

COSTS = [
    cell({"llm.cost.total": 0.5}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({LF_COST: '{"total": 0.5, "input": 0.4}'}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({LF_COST: '{"input": 0.25, "output": 0.25}'}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"llm.response.cost": 0.5}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"gen_ai.usage.cost": 0.5}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"gen_ai.usage.input_cost": 0.25, "gen_ai.usage.output_cost": 0.25}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"operation.cost": 0.5}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"mlflow.llm.cost": '{"input_cost": 0.4, "total_cost": 0.5}'}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"mlflow.llm.cost": 0.5}, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"cost_usd": 0.5}, CLAUDE, cost_usd=Decimal("0.5"), cost_status="reported"),
    cell({"llm.cost.total": "free"}, cost_usd=None, cost_status="no_usage"),
    cell({"openinference.span.kind": "AGENT", "llm.cost.total": 0.5}, cost_usd=None, cost_status="roll_up"),
]

QUARTER_NS = 250_000_000
FIRST_TOKENS = [
    *[
        Cell(
            given=Given(events=(("other", 1, {}), (event, QUARTER_NS, {}), (event, 2 * QUARTER_NS, {}))),
            row={"time_to_first_chunk_ns": QUARTER_NS},
        )
        for event in ("gen_ai.content.completion.chunk", "First Token Stream Event", "ai.stream.firstChunk")
    ],
    cell({"langfuse.observation.completion_start_time": "2026-11-20T10:00:00.250Z"}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"langfuse.observation.completion_start_time": '"2026-11-20T10:00:00.250Z"'}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"ai.response.msToFirstChunk": 250}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"ai.stream.msToFirstChunk": 250.0}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"lk.response.ttft": 0.25}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"gen_ai.server.time_to_first_token": 0.25}, time_to_first_chunk_ns=QUARTER_NS),
    cell({"ttft_ms": 250}, CLAUDE, time_to_first_chunk_ns=QUARTER_NS),
    cell({"gen_ai.is_streaming": True}, is_stream=True),
    cell({"llm.is_streaming": False}, is_stream=False),
    cell({"llm.invocation_parameters": '{"stream": true}'}, is_stream=True),
    cell({"ai.operationId": "ai.streamText.doStream"}, is_stream=True),
    cell({"gen_ai.request.is_stream": True}, is_stream=True),
]

WHOSE = [
    cell({f"{ENTITY}session_id": "s"}, session_id="s"),
    cell({f"{ENTITY}thread_id": "s"}, session_id="s"),
    cell({"langfuse.session.id": "s"}, session_id="s"),
    cell({f"{VAI}sessionId": "s"}, session_id="s"),
    cell({"ai.settings.context.sessionId": "s"}, session_id="s"),
    cell({"session.id": "s", f"{ENTITY}session_id": "other"}, session_id="s"),
    cell({"langsmith.metadata.thread_id": "s", "langsmith.trace.session_id": "project"}, session_id="s"),
    cell({"langsmith.metadata.session_id": "s"}, session_id="s"),
    cell({"langsmith.trace.session_id": "project"}, session_id=""),
    cell({"mlflow.trace.session": '"s"'}, session_id="s"),
    cell({"lmnr.association.properties.session_id": "s"}, session_id="s"),
    cell({"conversation.id": "s"}, "codex_core", session_id="s"),
    cell({"conversation.id": "s"}, session_id=""),
    cell({"session.id": "s"}, CLAUDE, session_id="s"),
    cell({"mcp.session.id": "s", "mcp.method.name": "ping"}, session_id=""),
    cell({"mcp.session.id": "s"}, dialect="mcp", session_id=""),
    *[
        cell({key: "u"}, user_id="u")
        for key in (
            f"{ENTITY}user_id",
            "gen_ai.user",
            "llm.user",
            "gen_ai.request.user",
            "langfuse.user.id",
            f"{VAI}userId",
            "mlflow.trace.user",
            "lmnr.association.properties.user_id",
        )
    ],
    cell({"user.email": "u"}, CLAUDE, user_id="u"),
    cell({"user.id": "u", "user.email": "e"}, CLAUDE, user_id="u"),
    *[
        cell({key: tags}, tags=["a", "b"])
        for key, tags in (
            (f"{ENTITY}tags", ["a", "b"]),
            ("tag.tags", ["a", "b"]),
            ("langfuse.trace.tags", ["a", "b"]),
            ("langfuse.tags", '["a", "b"]'),
            (f"{VAI}tags", ["a", "b"]),
            ("langsmith.span.tags", "a, b"),
            ("logfire.tags", ["a", "b"]),
        )
    ],
    *[
        cell({key: value}, metadata={"plan": "pro"})
        for key, value in (
            (f"{ENTITY}plan", "pro"),
            ("metadata", '{"plan": "pro"}'),
            ("langfuse.trace.metadata.plan", "pro"),
            ("langfuse.trace.metadata", '{"plan": "pro"}'),
            ("langfuse.observation.metadata.plan", '"pro"'),
            (f"{VAI}plan", "pro"),
            ("langsmith.metadata.plan", "pro"),
            ("lmnr.association.properties.plan", "pro"),
            ("lmnr.trace.metadata", '{"plan": "pro"}'),
            ("mlflow.traceTag.plan", "pro"),
            ("spanhouse.metadata.plan", "pro"),
        )
    ],
    *[
        cell({key: "t"}, translated={"spanhouse.trace.name": "t"})
        for key in ("traceloop.entity.name", "langfuse.trace.name", "ai.telemetry.functionId", "langsmith.trace.name")
    ],
    cell({"mlflow.traceName": "t"}, translated={"spanhouse.trace.name": "t"}),
    cell({"logfire.msg": "t"}, translated={"spanhouse.trace.name": "t"}),
    cell({"traceloop.prompt.key": "p", "traceloop.prompt.version": 3}, prompt_name="p", prompt_version="3"),
    cell({"traceloop.prompt.version_hash": "3"}, prompt_version="3"),
    cell({"prompt.id": "p", "prompt.vendor": "langfuse"}, prompt_name="p", translated={"spanhouse.prompt.vendor": "langfuse"}),
    cell({"prompt.id": "p", "llm.prompt_template.version": "3"}, prompt_name="p", prompt_version="3"),
    cell(
        {"llm.prompt_template.template": "Hi {x}", "llm.prompt_template.variables": '{"x": "y"}'},
        translated={"spanhouse.prompt.template": "Hi {x}", "gen_ai.prompt.variable.x": "y"},
    ),
    cell({f"{LF}prompt.name": "p", f"{LF}prompt.version": 3}, prompt_name="p", prompt_version="3"),
    cell({f"{VAI}langfusePrompt": '{"name": "p", "version": 3}'}, prompt_name="p", prompt_version="3"),
    cell({"mlflow.linkedPrompts": '[{"name": "p", "version": "3"}]'}, prompt_name="p", prompt_version="3"),
    cell({"traceloop.span.kind": "agent", "traceloop.entity.name": "clerk"}, agent_name="clerk"),
    cell({"traceloop.span.kind": "tool", "traceloop.entity.name": "f"}, tool_name="f"),
    cell({"traceloop.span.kind": "workflow", "traceloop.entity.name": "w"}, workflow_name="w"),
    cell({"agent.name": "clerk"}, "openinference.instrumentation.x", agent_name="clerk"),
    cell({"openinference.span.kind": "AGENT", "graph.node.id": "clerk"}, agent_name="clerk"),
    cell({"tool.name": "f", "tool.id": "c1"}, tool_name="f"),
    cell({f"{LF}type": "agent"}, name="clerk", agent_name="clerk"),
    cell({f"{LF}type": "tool"}, name="f", tool_name="f"),
    cell({"ai.toolCall.name": "f", "ai.toolCall.id": "c1"}, tool_name="f", translated={"gen_ai.tool.call.id": "c1"}),
    cell({"lk.agent_name": "clerk"}, agent_name="clerk"),
    cell({"agent_name": "clerk"}, PYDANTIC, agent_name="clerk"),
    cell({"tool_name": "f"}, CLAUDE, tool_name="f"),
    cell({"langfuse.environment": "live", "langfuse.release": "r2"}, environment="live", release="r2"),
    cell({"langfuse.version": "r2"}, release="r2"),
    cell({"traceloop.entity.version": "3"}, release="3"),
    cell({"env": "dev"}, "codex_otel", environment="dev"),
    cell({f"{LF}level": "ERROR", f"{LF}status_message": "boom"}, status_code="Error", status_message="boom"),
    cell({f"{LF}level": "WARNING"}, status_code="Unset"),
    cell({"ai.response.finishReason": "error"}, status_code="Error"),
]

FINISH = [
    *[
        cell({key: given}, finish_reasons=reasons)
        for key, given, reasons in (
            ("gen_ai.completion.0.finish_reason", "stop", ["stop"]),
            ("gen_ai.response.finish_reason", "stop", ["stop"]),
            ("gen_ai.response.stop_reason", "end_turn", ["stop"]),
            ("llm.response.finish_reason", "stop", ["stop"]),
            ("llm.finish_reason", "tool_calls", ["tool_call"]),
            ("ai.response.finishReason", "tool-calls", ["tool_call"]),
            ("gen_ai.finishReason", "stop", ["stop"]),
            ("gen_ai.response.finish_reasons", ["tool_use", "max_tokens", "odd"], ["tool_call", "length", "odd"]),
        )
    ],
    cell({"stop_reason": "max_tokens"}, CLAUDE, finish_reasons=["length"]),
]
