"""Messages in the forms of OpenAI and Anthropic become the conventions' roles and parts."""

import json

import pytest
from openai.types.chat import ChatCompletionMessage
from openai.types.chat.chat_completion_message_function_tool_call import ChatCompletionMessageFunctionToolCall, Function

from spanhouse import content
from spanhouse.messages import messages_of


def text(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Hi", [{"role": "user", "parts": [text("Hi")]}]),
        ({"role": "system", "content": "Be brief."}, [{"role": "system", "parts": [text("Be brief.")]}]),
        ([{"role": "user", "parts": [text("as it is")]}], [{"role": "user", "parts": [text("as it is")]}]),
        ([{"role": "user", "name": "ann", "content": "Hi"}], [{"role": "user", "parts": [text("Hi")], "name": "ann"}]),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "http://a/b"}}],
                }
            ],
            [{"role": "user", "parts": [text("Look"), {"type": "uri", "modality": "image", "uri": "http://a/b"}]}],
        ),
        (
            [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}},
                        {"id": "c2", "type": "function", "function": {"name": "look_up", "arguments": '{"order":'}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "sent"},
            ],
            [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "tool_call", "id": "c1", "name": "look_up", "arguments": {"order": 7}},
                        {"type": "tool_call", "id": "c2", "name": "look_up", "arguments": '{"order":'},
                    ],
                },
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "sent"}]},
            ],
        ),
        (
            [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "hm"},
                        {"type": "tool_use", "id": "t1", "name": "look_up", "input": {"order": 7}},
                    ],
                },
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sent"}]},
            ],
            [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "hm"},
                        {"type": "tool_call", "id": "t1", "name": "look_up", "arguments": {"order": 7}},
                    ],
                },
                {"role": "user", "parts": [{"type": "tool_call_response", "id": "t1", "response": "sent"}]},
            ],
        ),
        (
            [{"role": "user", "content": [{"type": "hologram", "beam": 1}]}],
            [{"role": "user", "parts": [{"type": "hologram", "beam": 1}]}],
        ),
    ],
)
def test_message_is_brought_into_parts(given: object, expected: object) -> None:
    assert messages_of(given, role="user") == expected


def test_message_object_of_a_client_is_brought_into_parts() -> None:
    call = ChatCompletionMessageFunctionToolCall(
        id="c1", type="function", function=Function(name="look_up", arguments='{"order": 7}')
    )
    given = ChatCompletionMessage(role="assistant", content="Let me look.", tool_calls=[call])
    assert messages_of(given, role="assistant") == [
        {
            "role": "assistant",
            "parts": [
                text("Let me look."),
                {"type": "tool_call", "id": "c1", "name": "look_up", "arguments": {"order": 7}},
            ],
        }
    ]


@pytest.mark.parametrize("value", [7, [], None, b"bytes", {"content": "a document"}, [{"id": "a1", "content": "a document"}]])
def test_what_is_no_message_stays_what_it_is(value: object) -> None:
    assert messages_of(value, role="user") is None


def test_no_more_messages_are_brought_into_form_than_are_written() -> None:
    found = messages_of([{"role": "user", "content": "why?"}] * 2_000, role="user")
    assert found is not None
    assert len(found) < 500
    written = json.loads(content.json_of(found, limit_chars=100_000))
    assert written[0] == {"role": "user", "parts": [{"type": "text", "content": "why?"}]}
    assert content.CUT_MARK in json.dumps(written[-1], ensure_ascii=False)
