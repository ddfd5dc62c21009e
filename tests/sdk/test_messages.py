"""Messages in the forms of OpenAI and Anthropic become the conventions' roles and parts."""

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage
from openai.types.chat.chat_completion_message_function_tool_call import ChatCompletionMessageFunctionToolCall, Function

from spanhouse import content
from spanhouse.messages import bounded, json_of
from tests.sdk.test_bounds import Counted


def messages_of(value: object, *, role: str) -> Any:
    """What is written of the value, read again."""
    written = json_of(value, role=role, limit_chars=100_000)
    return None if written is None else json.loads(written)


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


def test_of_too_many_messages_the_first_and_the_newest_are_written() -> None:
    asked = [{"role": "user", "content": f"question {number}"} for number in range(2_000)]
    first, mark, *newest = messages_of([{"role": "system", "content": "Be brief."}, *asked], role="user")
    assert first == {"role": "system", "parts": [text("Be brief.")]}
    assert mark == {"role": "cut", "parts": [text(f"{content.CUT_MARK} {2_000 - len(newest):,} messages")]}
    assert 300 < len(newest) < 500
    assert newest == [{"role": "user", "parts": [text(one["content"])]} for one in asked[-len(newest) :]]


def test_of_messages_too_long_together_the_longest_are_cut_and_the_question_stays_whole() -> None:
    given = [{"role": "system", "content": "rule " * 40_000}, *[{"role": "user", "content": "why? " * 200}] * 3]
    system, *questions = messages_of(given, role="user")
    assert len(system["parts"][0]["content"]) > 90_000
    assert questions == [{"role": "user", "parts": [text("why? " * 200)]}] * 3


@pytest.mark.parametrize("named", ["content", "tool_calls"])
def test_message_with_too_much_in_it_is_looked_at_only_so_far(named: str) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}}
    held = Counted([{"type": "text", "text": "why?"} if named == "content" else call] * 50_000)
    assert messages_of([{"role": "assistant", named: held}], role="user") is not None
    assert 0 < held.asked < 1_000


def test_of_endless_arguments_only_so_much_is_read_as_json() -> None:
    arguments = json.dumps({"rows": [7] * 20_000})
    call = {"id": "c1", "type": "function", "function": {"name": "store", "arguments": arguments}}
    older, *_, newest = messages_of([{"role": "assistant", "tool_calls": [call]}] * 3, role="assistant")
    assert isinstance(older["parts"][0]["arguments"], str)
    assert newest["parts"][0]["arguments"]["rows"][0] == 7


def test_of_too_many_messages_that_another_library_wrote_the_newest_are_kept_as_they_are() -> None:
    asked = [{"role": "user", "content": f"question {number} " + "why? " * 5} for number in range(2_000)]
    first, _, *newest = json.loads(bounded(json.dumps(asked), 100_000))
    assert len(newest) > 500
    assert first == asked[0]
    assert newest == asked[-len(newest) :]


def test_items_that_begin_with_no_message_are_no_messages_however_many_they_are() -> None:
    asked = [{"role": "user", "content": "why? " * 20}] * 2_000
    assert messages_of([7, *asked], role="user") is None
