"""What messages, documents and tool values look like, whatever an application sent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from spanhouse_dashboards.console.messages import (
    MAX_MESSAGES,
    MAX_TEXT_CHARS,
    Document,
    Message,
    Part,
    read_documents,
    read_messages,
    read_value,
)


def parts_of(*parts: object) -> list[Part]:
    """The parts as read from one message that holds them."""
    (message,) = read_messages(json.dumps([{"role": "user", "parts": parts}]), default_role="user").shown
    return list(message.parts)


def test_text_of_a_message_is_kept_as_it_is() -> None:
    shown = read_messages(
        '[{"role":"user","name":"Ann","parts":[{"type":"text","content":"héllo\\n<b>"}]}]', default_role="user"
    ).shown
    assert list(shown) == [Message(role="user", name="Ann", finish_reason="", parts=[Part(kind="text", text="héllo\n<b>")])]


def test_tool_calls_and_their_answers_are_shown_with_name_and_value() -> None:
    call = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Rome"}}
    assert parts_of(
        call, {"type": "tool_call_response", "id": "c1", "response": "sunny"}, {"type": "tool_call_response", "result": 3}
    ) == [
        Part(kind="tool call", title="weather", note="c1", text='{\n  "city": "Rome"\n}'),
        Part(kind="tool result", note="c1", text="sunny"),
        Part(kind="tool result", text="3"),
    ]


def test_arguments_sent_as_json_text_are_indented() -> None:
    assert parts_of({"type": "tool_call", "name": "t", "arguments": '{"a":1}'})[0].text == '{\n  "a": 1\n}'


def test_an_unknown_part_is_shown_whole() -> None:
    (part,) = parts_of({"type": "hologram", "depth": 3})
    assert (part.kind, part.title, json.loads(part.text)) == ("other", "hologram", {"type": "hologram", "depth": 3})


def test_a_picture_is_shown_in_place_and_a_vector_graphic_is_not() -> None:
    picture, vector = parts_of(
        {"type": "blob", "mime_type": "image/png", "content": "aGk="},
        {"type": "blob", "mime_type": "image/svg+xml", "content": "aGk="},
    )
    assert (picture.kind, picture.source) == ("image", "data:image/png;base64,aGk=")
    assert (vector.kind, vector.source) == ("file", "")


def test_a_picture_that_is_no_base64_is_not_shown_in_place() -> None:
    (part,) = parts_of({"type": "blob", "mime_type": "image/png", "content": '"><script>'})
    assert (part.kind, part.source) == ("file", "")


def test_an_address_is_a_link_only_where_it_can_run_nothing() -> None:
    web, script = parts_of({"type": "uri", "uri": "https://example.org/a.png"}, {"type": "uri", "uri": "javascript:alert(1)"})
    assert (web.source, script.source) == ("https://example.org/a.png", "")
    assert script.title == "javascript:alert(1)"


def test_text_that_is_no_json_is_one_message() -> None:
    shown = read_messages("plain words", default_role="assistant").shown
    assert [(message.role, message.parts[0].text) for message in shown] == [("assistant", "plain words")]


def test_instructions_may_come_as_bare_parts() -> None:
    (message,) = read_messages('[{"type":"text","content":"Be kind."}]', default_role="system").shown
    assert (message.role, message.parts[0].text) == ("system", "Be kind.")


def test_messages_with_content_instead_of_parts_are_read_too() -> None:
    (message,) = read_messages('[{"role":"user","content":"hi"}]', default_role="user").shown
    assert message.parts[0].text == "hi"


def test_the_newest_of_too_many_messages_are_shown_and_the_rest_counted() -> None:
    many = [{"role": "user", "parts": [{"type": "text", "content": str(n)}]} for n in range(MAX_MESSAGES + 5)]
    read = read_messages(json.dumps(many), default_role="user")
    assert (len(read.shown), read.hidden, read.shown[0].parts[0].text) == (MAX_MESSAGES, 5, "5")


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    part = read_value("x" * (MAX_TEXT_CHARS + 7))
    assert (len(part.text), part.hidden_chars) == (MAX_TEXT_CHARS, 7)


def test_documents_show_id_score_text_and_what_else_they_carry() -> None:
    documents, hidden = read_documents('[{"id":"a","score":0.5,"content":"text","page":3},{"id":"b"},"loose"]')
    assert hidden == 0
    assert documents == [
        Document(id="a", score=0.5, text=Part(kind="text", text="text"), details=Part(kind="other", text='{\n  "page": 3\n}')),
        Document(id="b", score=None, text=None, details=None),
        Document(id="", score=None, text=Part(kind="text", text="loose"), details=None),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "role", "parts", "content", "uri", "name", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_no_value_breaks_reading(value: object) -> None:
    text = json.dumps(value)
    read_messages(text, default_role="user")
    read_documents(text)
    assert read_value(text).text
