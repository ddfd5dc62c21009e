"""What pydantic objects become: what ``model_dump`` gives, and of huge ones no more than is written."""

import json
from typing import Annotated, Any

import pydantic
import pytest

from spanhouse import content, messages
from spanhouse.content import CUT_MARK, MOST_VALUES

LIMIT = 100_000


class Row(pydantic.BaseModel):
    dumped: Any = 0

    @pydantic.field_serializer("dumped")
    def _count(self, value: list[int]) -> int:
        value.append(1)
        return len(value)


class Holder(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="allow")
    first: str = "one"
    rows: Any = None
    hidden: Any = pydantic.Field(default=None, exclude=True)


class Message(pydantic.BaseModel):
    role: str = "user"
    content: Any
    name: str | None = None


class Words(pydantic.BaseModel):
    texts: list[str]

    @pydantic.computed_field
    def how_many(self) -> int:
        """Of a part it would be another."""
        return len(self.texts)


Joined = pydantic.RootModel[Annotated[list[str], pydantic.PlainSerializer(lambda texts: f"{len(texts)} texts")]]


@pytest.mark.parametrize("form", ["list", "tuple", "mapping", "nested", "models", "unknown field"])
def test_no_more_of_a_huge_object_is_dumped_than_is_written(form: str) -> None:
    counts: list[int] = []
    rows: Any = [Row(dumped=counts)] * 100_000
    rows = {"tuple": tuple(rows), "mapping": dict(enumerate(rows)), "nested": [[rows[:300]] * 300]}.get(form, rows)
    if form == "models":
        rows = [Holder(rows=rows)] * 2
    holder = Holder.model_validate({"others": rows}) if form == "unknown field" else Holder(rows=rows)
    written = json.loads(content.json_of(holder, limit_chars=LIMIT))
    assert MOST_VALUES / 2 < len(counts) <= 2 * MOST_VALUES
    assert written["first"] == "one"
    assert CUT_MARK in str(written)
    assert holder.rows is None or holder.rows == rows  # the application's own is as it was


def test_field_that_is_left_out_is_left_out_of_huge_objects_and_takes_no_room() -> None:
    written = json.loads(content.json_of(Holder(hidden=["secret"] * 100_000, rows=[7] * 10), limit_chars=LIMIT))
    assert written == {"first": "one", "rows": [7] * 10}
    assert "secret" not in content.json_of(Holder(hidden=["secret"], rows=["row"] * 100_000), limit_chars=LIMIT)


def test_class_that_says_itself_what_it_holds_is_given_all_of_it() -> None:
    texts = ["why?"] * 10_000
    assert content.json_of(Joined(texts), limit_chars=LIMIT) == '"10000 texts"'
    assert content.json_of({"inside": [Joined(texts)]}, limit_chars=LIMIT) == '{"inside": ["10000 texts"]}'
    assert json.loads(content.json_of([Words(texts=texts[:3])], limit_chars=LIMIT)) == [{"texts": texts[:3], "how_many": 3}]
    assert content.json_of([pydantic.RootModel[int](7), pydantic.RootModel[str]("seven")], limit_chars=LIMIT) == '[7, "seven"]'


def test_message_of_too_many_parts_is_dumped_as_far_as_it_is_written() -> None:
    counts: list[int] = []
    parts = [{"type": "text", "text": "why?"}, Row(dumped=counts)] * 50_000
    written = messages.json_of(Message(content=parts), role="user", limit_chars=LIMIT)
    assert len(counts) <= 2 * MOST_VALUES
    (message,) = json.loads(str(written))
    assert message["parts"][0] == {"type": "text", "content": "why?"}
    assert "name" not in message


def test_object_with_another_kind_of_model_dump_is_asked_as_before() -> None:
    class Other:
        def model_dump(self, **options: bool) -> dict[str, Any]:
            return {"role": "user", "content": str(options)}

    assert content.json_of(Other(), limit_chars=LIMIT) == '{"role": "user", "content": "{}"}'
    assert "exclude_none" in str(messages.json_of(Other(), role="user", limit_chars=LIMIT))
