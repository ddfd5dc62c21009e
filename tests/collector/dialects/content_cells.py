"""The mapping table's rows of content: messages, instructions, tools, raw input and output, retrieval. Data only."""

from __future__ import annotations

import json
from typing import Any

from tests.collector.dialects.cells import ANSWER, CLAUDE, LF, PYDANTIC, USER, Cell, Given, cell, said

CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}
CALLED = [{"role": "assistant", "parts": [CALL]}]
ASKED_JSON = json.dumps([{"role": "user", "content": "hi"}])
ANSWERED_JSON = json.dumps({"role": "assistant", "content": "ho"})
SYSTEM = [{"type": "text", "content": "be kind"}]


FOUND = {"db.query.result.id": "d", "db.query.result.score": 0.5, "db.query.result.document": "x"}
EVENTS = [{"event.name": "gen_ai.user.message", "content": "hi"}, {"event.name": "gen_ai.choice", "message": {"content": "ho"}}]


# A turn that was over before, and one in which a tool was called.
TALK = [{"role": "user", "parts": [{"type": "text", "content": "hey"}]}, {"role": "assistant", "parts": ANSWER[0]["parts"]}]
RESULT = {"role": "user", "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}]}
TURN = [*USER, *CALLED, RESULT, *ANSWER]
EVENTS_OF_A_RUN = [
    EVENTS[0],
    {"event.name": "gen_ai.assistant.message", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]},
    {"event.name": "gen_ai.tool.message", "id": "c1", "content": "42"},
    {"event.name": "gen_ai.assistant.message", "content": "ho"},
]


def event(name: str, attributes: dict[str, Any], **row: Any) -> Cell:
    return Cell(given=Given(events=((name, 1, attributes),)), row=row)


def both(attributes: dict[str, Any], scope: str = "", input_messages: Any = USER, output_messages: Any = ANSWER) -> Cell:
    return cell(attributes, scope, input_messages=input_messages, output_messages=output_messages)


MESSAGES = [
    both(
        {
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "hi",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "ho",
            "gen_ai.completion.0.finish_reason": "stop",
            "gen_ai.prompt.name": "greet",
        },
        output_messages=[{**ANSWER[0], "finish_reason": "stop"}],
    ),
    cell(
        {
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.tool_calls.0.id": "c1",
            "gen_ai.completion.0.tool_calls.0.name": "f",
            "gen_ai.completion.0.tool_calls.0.arguments": '{"a": 1}',
            "gen_ai.prompt.0.role": "tool",
            "gen_ai.prompt.0.tool_call_id": "c0",
            "gen_ai.prompt.0.content": "42",
        },
        output_messages=CALLED,
        input_messages=[{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c0", "response": "42"}]}],
    ),
    both({"gen_ai.prompt": json.dumps({"messages": json.loads(ASKED_JSON)}), "gen_ai.completion": ANSWERED_JSON}),
    both({"gen_ai.prompt": "hi", "gen_ai.completion": "ho"}),
    event("gen_ai.user.message", {"content": "hi"}, input_messages=USER),
    event("gen_ai.choice", {"content": "ho"}, output_messages=ANSWER),
    event(
        "gen_ai.choice",
        {"message": '{"tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{\\"a\\":1}"}}]}'},
        output_messages=CALLED,
    ),
    event("gen_ai.system.message", {"content": "be kind"}, input_messages=said("system", "be kind"), system_instructions=SYSTEM),
    event("gen_ai.assistant.message", {"content": "ho"}, input_messages=ANSWER),
    event(
        "gen_ai.tool.message",
        {"content": "42", "id": "c0"},
        input_messages=[{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c0", "response": "42"}]}],
    ),
    event("gen_ai.content.prompt", {"gen_ai.prompt": ASKED_JSON}, input_messages=USER),
    event("gen_ai.content.completion", {"gen_ai.completion": "ho"}, output_messages=ANSWER),
    event(
        "gen_ai.client.inference.operation.details",
        {
            "gen_ai.input.messages": json.dumps(USER),
            "gen_ai.output.messages": json.dumps(ANSWER),
            "gen_ai.system_instructions": json.dumps(SYSTEM),
        },
        input_messages=USER,
        output_messages=ANSWER,
        system_instructions=SYSTEM,
    ),
    both(
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "hi",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "ho",
        }
    ),
    cell(
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.type": "text",
            "llm.input_messages.0.message.contents.0.message_content.text": "hi",
            "llm.input_messages.0.message.contents.1.message_content.type": "image",
            "llm.input_messages.0.message.contents.1.message_content.image.image.url": "https://x/y.png",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a": 1}',
        },
        input_messages=[
            {
                "role": "user",
                "parts": [{"type": "text", "content": "hi"}, {"type": "uri", "modality": "image", "uri": "https://x/y.png"}],
            }
        ],
        output_messages=CALLED,
    ),
    cell(
        {
            "llm.input_messages.0.message.role": "tool",
            "llm.input_messages.0.message.tool_call_id": "c0",
            "llm.input_messages.0.message.content": "42",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.name": "ann",
            "llm.input_messages.1.message.content": "hi",
        },
        input_messages=[
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c0", "response": "42"}]},
            {**USER[0], "name": "ann"},
        ],
    ),
    both({"llm.prompts.0.prompt.text": "hi", "llm.choices.0.completion.text": "ho"}),
    both({f"{LF}type": "generation", f"{LF}input": ASKED_JSON, f"{LF}output": ANSWERED_JSON}),
    both({f"{LF}type": "generation", f"{LF}input": '"hi"', f"{LF}output": '"ho"'}),
    both({"ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"hi"}]}]', "ai.response.text": "ho"}),
    cell({"ai.prompt": '{"system": "be kind", "prompt": "hi"}'}, input_messages=[*said("system", "be kind"), *USER]),
    cell({"ai.response.object": '{"a":1}'}, output_messages=said("assistant", '{"a":1}')),
    cell({"ai.result.text": "ho"}, output_messages=ANSWER),
    cell(
        {"ai.response.toolCalls": '[{"toolCallId": "c1", "toolName": "f", "input": {"a": 1}}]'},
        output_messages=CALLED,
    ),
    cell(
        {"ai.response.reasoning": "because", "ai.response.text": "ho"},
        output_messages=[{"role": "assistant", "parts": [{"type": "reasoning", "content": "because"}, *ANSWER[0]["parts"]]}],
    ),
    cell({"pydantic_ai.all_messages": json.dumps(USER)}, PYDANTIC, input_messages=USER),
    cell({"pydantic_ai.all_messages": json.dumps(TALK + TURN), "final_result": "ho"}, PYDANTIC, input_messages=TALK[:1]),
    cell(
        {"pydantic_ai.all_messages": json.dumps(TALK + TURN), "pydantic_ai.new_message_index": 2},
        PYDANTIC,
        input_messages=TALK + USER,
    ),
    cell({"pydantic_ai.all_messages": json.dumps(CALLED)}, PYDANTIC, input_messages=CALLED),
    cell({"all_messages_events": json.dumps(EVENTS_OF_A_RUN)}, PYDANTIC, input_messages=USER),
    cell(
        {"events": json.dumps(EVENTS)},
        PYDANTIC,
        input_messages=USER,
        output_messages=ANSWER,
    ),
    cell({"all_messages_events": '[{"role":"user","content":"hi"}]'}, PYDANTIC, input_messages=USER),
    cell({"prompt": "hi", "final_result": "ho"}, PYDANTIC, input_messages=USER, output_messages=ANSWER),
    cell({"prompt": "hi", "final_result": "ho"}, input_messages="", output_messages=""),
    both({"request_data": f'{{"messages": {ASKED_JSON}}}', "response_data": f'{{"message": {ANSWERED_JSON}}}'}, "logfire.openai"),
    both(
        {
            "lk.pii.chat_ctx": '{"items": [{"type": "message", "role": "user", "content": ["hi"]}]}',
            "lk.pii.response.text": "ho",
        }
    ),
    both({"lk.chat_ctx": '{"items": [{"type": "message", "role": "user", "content": ["hi"]}]}', "lk.response.text": "ho"}),
    both(
        {
            "mlflow.spanType": "CHAT_MODEL",
            "mlflow.spanInputs": json.dumps({"model": "m", "messages": json.loads(ASKED_JSON)}),
            "mlflow.spanOutputs": json.dumps({"choices": [{"index": 0, "message": json.loads(ANSWERED_JSON)}]}),
        }
    ),
    both(
        {
            "gcp.vertex.agent.llm_request": '{"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}',
            "gcp.vertex.agent.llm_response": '{"content": {"role": "model", "parts": [{"text": "ho"}]}}',
        }
    ),
    both({"lmnr.span.type": "LLM", "lmnr.span.input": ASKED_JSON, "lmnr.span.output": ANSWERED_JSON}),
    cell({"user_prompt": "hi", "response.model_output": "ho"}, CLAUDE, input_messages=USER, output_messages=ANSWER),
    cell({"new_context": "hi"}, CLAUDE, input_messages=USER),
    cell({"llm.messages": ASKED_JSON}, input_messages=USER),
    cell({"agent.messages": ASKED_JSON}, input_messages=USER),
    both({"langsmith.span.kind": "llm", "gen_ai.prompt": f'{{"messages": {ASKED_JSON}}}', "gen_ai.completion": ANSWERED_JSON}),
    both(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.prompt": '{"messages": [[{"id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "hi"}}]]}',
            "gen_ai.completion": '{"generations": [[{"message": {"id": ["x", "AIMessage"], "kwargs": {"content": "ho"}}}]]}',
        }
    ),
]

INSTRUCTIONS_AND_TOOLS = [
    cell({"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be kind"}, system_instructions=SYSTEM),
    cell(
        {"llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "be kind"},
        system_instructions=SYSTEM,
    ),
    cell({"lk.pii.instructions": "be kind"}, system_instructions=SYSTEM),
    cell({"system_prompt_preview": "be kind"}, CLAUDE, system_instructions=SYSTEM),
    cell({"system_prompt_preview": "<REDACTED>"}, CLAUDE, system_instructions=""),
    cell({"gen_ai.system_instructions": json.dumps(SYSTEM)}, PYDANTIC, system_instructions=SYSTEM),
    cell(
        {
            "llm.request.functions.0.name": "f",
            "llm.request.functions.0.description": "d",
            "llm.request.functions.0.parameters": '{"type": "object"}',
        },
        tool_definitions=[{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
    ),
    cell(
        {"llm.tools.0.tool.json_schema": '{"type": "function", "function": {"name": "f"}}'},
        tool_definitions=[{"type": "function", "name": "f"}],
    ),
    cell({"ai.prompt.tools": ['{"type":"function","name":"f"}']}, tool_definitions=[{"type": "function", "name": "f"}]),
    cell({"mlflow.chat.tools": '[{"type": "function", "name": "f"}]'}, tool_definitions=[{"type": "function", "name": "f"}]),
    cell({"lk.function_tools": '["f"]'}, tool_definitions=["f"]),
    cell(
        {"model_request_parameters": '{"function_tools": [{"name": "f", "parameters_json_schema": {"type": "object"}}]}'},
        PYDANTIC,
        tool_definitions=[{"type": "function", "name": "f", "parameters": {"type": "object"}}],
    ),
]

RAW = [
    cell({"traceloop.span.kind": "workflow", "traceloop.entity.input": '{"a":1}'}, input_value={"a": 1}),
    cell(
        {"traceloop.span.kind": "tool", "traceloop.entity.input": '{"a":1}', "traceloop.entity.output": "42"},
        tool_arguments={"a": 1},
        tool_result=42,
    ),
    cell({"openinference.span.kind": "CHAIN", "input.value": "hi", "output.value": "ho"}, input_value="hi", output_value="ho"),
    cell(
        {"openinference.span.kind": "TOOL", "input.value": '{"a":1}', "output.value": "42"},
        tool_arguments={"a": 1},
        tool_result=42,
    ),
    cell({f"{LF}type": "span", f"{LF}input": '{"a":1}', f"{LF}output": '"ho"'}, input_value={"a": 1}, output_value="ho"),
    cell({"langfuse.trace.input": "hi", "langfuse.trace.output": "ho"}, input_value="hi", output_value="ho"),
    cell({f"{LF}type": "tool", f"{LF}input": '{"a":1}', f"{LF}output": "42"}, tool_arguments={"a": 1}, tool_result=42),
    cell(
        {"ai.operationId": "ai.toolCall", "ai.toolCall.args": '{"a":1}', "ai.toolCall.result": "42"},
        tool_arguments={"a": 1},
        tool_result=42,
    ),
    cell({"ai.operationId": "ai.embed.doEmbed", "ai.values": ['"hi"']}, input_value=['"hi"']),
    cell({"ai.operationId": "ai.embed", "ai.value": '"hi"', "ai.embedding": "[0.5]"}, input_value="hi", output_value=[0.5]),
    cell({"tool_arguments": '{"a":1}', "tool_response": "42"}, PYDANTIC, tool_arguments={"a": 1}, tool_result=42),
    cell(
        {"lk.pii.function_tool.arguments": '{"a":1}', "lk.pii.function_tool.output": "42"},
        tool_arguments={"a": 1},
        tool_result=42,
    ),
    cell({"lk.function_tool.arguments": '{"a":1}', "lk.function_tool.output": "42"}, tool_arguments={"a": 1}, tool_result=42),
    Cell(
        given=Given(
            attributes={"span.type": "tool", "tool_input": '{"a":1}'},
            scope=CLAUDE,
            events=(("tool.output", 1, {"output": "42"}),),
        ),
        row={"tool_arguments": {"a": 1}, "tool_result": 42},
    ),
    cell({"genkit:name": "f", "genkit:input": '{"a":1}', "genkit:output": '"ho"'}, input_value={"a": 1}, output_value="ho"),
    cell({"flue.input": "hi", "flue.output": "ho"}, input_value="hi", output_value="ho", dialect="flue"),
    cell({"input": "hi", "output": "ho"}, "pipecat", input_value="hi", output_value="ho"),
    cell({"input": "hi", "output": "ho"}, input_value="", output_value=""),
    cell(
        {"langsmith.span.kind": "chain", "gen_ai.prompt": '{"a":1}', "gen_ai.completion": '{"b":2}'},
        input_value={"a": 1},
        output_value={"b": 2},
    ),
    cell({"lmnr.span.type": "DEFAULT", "lmnr.span.input": '{"a":1}'}, input_value={"a": 1}),
    cell({"mlflow.spanType": "CHAIN", "mlflow.spanInputs": '{"a":1}'}, input_value={"a": 1}),
]

RETRIEVAL = [
    Cell(
        given=Given(
            attributes={"db.vector.query.top_k": 5},
            events=(
                (
                    "db.query.result",
                    1,
                    {"db.query.result.id": "d", "db.query.result.score": 0.5, "db.query.result.document": "x"},
                ),
            ),
        ),
        row={"retrieval_documents": [{"id": "d", "score": "0.5", "content": "x"}], "translated": {"gen_ai.retrieval.top_k": "5"}},
    ),
    cell(
        {
            "openinference.span.kind": "RETRIEVER",
            "input.value": "where",
            "retrieval.documents.0.document.id": "d",
            "retrieval.documents.0.document.score": 0.5,
            "retrieval.documents.0.document.content": "x",
            "retrieval.documents.0.document.metadata": '{"page": 1}',
        },
        retrieval_query="where",
        retrieval_documents=[{"id": "d", "score": 0.5, "content": "x", "metadata": {"page": 1}}],
    ),
    cell(
        {"openinference.span.kind": "RERANKER", "reranker.query": "where", "reranker.output_documents.0.document.id": "d"},
        retrieval_query="where",
        retrieval_documents=[{"id": "d"}],
    ),
    cell(
        {f"{LF}type": "retriever", f"{LF}input": '"where"', f"{LF}output": '[{"id": "d"}]'},
        retrieval_query="where",
        retrieval_documents=[{"id": "d"}],
    ),
    cell({"ai.operationId": "ai.rerank", "ai.documents": '[{"id": "d"}]'}, retrieval_documents=[{"id": "d"}]),
]
