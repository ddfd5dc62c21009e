"""Whatever makes a span, its texts leave within the limit, masked before they are cut."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import openai
import opentelemetry.trace
import pytest

import spanhouse
from spanhouse import content
from spanhouse.content import CUT_MARK
from tests.sdk.openai_server import MODEL
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

LIMIT = 400


def test_request_that_goes_through_opentelemetrys_code_is_cut_and_stays_json(receiver: Receiver, openai_url: str) -> None:
    spanhouse.init(receiver.url, content_limit_chars=LIMIT)
    with openai.OpenAI(base_url=openai_url, api_key="none") as client:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "why? " * 1_000}])
    assert spanhouse.flush()
    written = str(receiver.span(f"chat {MODEL}").attributes["gen_ai.input.messages"])
    assert len(written) <= LIMIT
    ((part,),) = [message["parts"] for message in json.loads(written)]
    assert part["content"].startswith("why? why? ")
    assert part["content"].endswith(CUT_MARK)


def test_texts_of_other_instrumentations_are_cut_wherever_they_are(receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False, content_limit_chars=LIMIT)
    long = "x" * (LIMIT + 1)
    almost = '{"x": "' + long  # looks like JSON and is none
    with opentelemetry.trace.get_tracer("theirs").start_as_current_span("work") as span:
        span.set_attributes({"text": long, "list": ("short", long), "almost": almost, "number": 7, "fits": "y" * LIMIT})
        span.add_event("said", {"text": long})
        span.set_status(opentelemetry.trace.StatusCode.ERROR, long)
    assert spanhouse.flush()
    found, cut = receiver.span("work"), "x" * LIMIT + CUT_MARK
    assert found.attributes == {
        "text": cut,
        "list": ["short", cut],
        "almost": almost[:LIMIT] + CUT_MARK,
        "number": 7,
        "fits": "y" * LIMIT,
    }
    assert found.events == [{"name": "said", "text": cut}]
    assert found.status_text == cut


@pytest.mark.parametrize("place", ["attribute", "event", "status"])
def test_one_long_text_is_found_in_each_place(place: str, receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False, content_limit_chars=LIMIT)
    long = "x" * 1_000
    with opentelemetry.trace.get_tracer("theirs").start_as_current_span("work") as span:
        if place == "attribute":
            span.set_attribute("list", [long])
        elif place == "event":
            span.add_event("said", {"text": long})
        else:
            span.set_status(opentelemetry.trace.StatusCode.ERROR, long)
    assert spanhouse.flush()
    found = receiver.span("work")
    assert long not in f"{found.attributes} {found.events} {found.status_text}"


def test_secret_across_the_limit_is_masked_as_a_whole(receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False, content_limit_chars=LIMIT, mask={"detectors": ["secrets"]})
    key = "sk-proj-Ab3dEfGhIjKlMnOpQrStUvWx"
    with opentelemetry.trace.get_tracer("theirs").start_as_current_span("work") as span:
        span.set_attribute("text", "y" * (LIMIT - 12) + f" {key} and so on" + "z" * LIMIT)
    assert spanhouse.flush()
    sent = str(receiver.span("work").attributes["text"])
    assert (key[:8] in sent, len(sent)) == (False, LIMIT + len(CUT_MARK))


class Counted(list[Any]):
    """A list that counts how many of its items were asked for."""

    asked = 0

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self.asked += 1
            yield item


def test_huge_metadata_is_looked_at_only_so_far(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    spanhouse.init(receiver.url, instrument=False)
    written: list[int] = []
    encoded = content._encoded

    def noted(plain: object) -> str:
        written.append(len(encoded(plain)))
        return encoded(plain)

    monkeypatch.setattr(content, "_encoded", noted)
    rows = Counted(["row"] * 1_000_000)
    with spanhouse.context(metadata={"rows": rows, "page": {"text": "x" * 10_000_000}}), spanhouse.span("work"):
        pass
    assert spanhouse.flush()
    assert rows.asked <= content.MOST_VALUES + 1
    assert sum(written) < 1_000_000
    attributes = receiver.span("work").attributes
    assert json.loads(str(attributes["spanhouse.metadata.rows"]))[-1] == CUT_MARK
    assert json.loads(str(attributes["spanhouse.metadata.page"]))["text"].endswith(CUT_MARK)


def test_long_message_of_an_error_is_cut_before_the_stack_is_written(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    spanhouse.init(receiver.url, instrument=False, content_limit_chars=LIMIT * 10)
    written: list[int] = []
    as_python_writes = traceback.TracebackException.format

    def noted(*args: Any, **kwargs: Any) -> Iterator[str]:
        for line in as_python_writes(*args, **kwargs):
            written.append(len(line))
            yield line

    monkeypatch.setattr(traceback.TracebackException, "format", noted)
    failure = ExceptionGroup("y" * 10_000_000, [ValueError("z" * 10_000_000)])
    failure.__cause__ = LookupError("x" * 10_000_000)
    with pytest.raises(ExceptionGroup), spanhouse.span("work"):
        raise failure
    assert spanhouse.flush()
    assert 0 < sum(written) < LIMIT * 200
    (event,) = receiver.span("work").events
    assert "LookupError: xxx" in str(event["exception.stacktrace"])


def test_long_argument_beside_others_is_cut_and_the_others_stay(receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False, content_limit_chars=LIMIT)

    @spanhouse.observe
    def summarise(document: str, words: int) -> None:
        """Takes a long text."""

    summarise('"why?"\n' * 1_000, words=7)
    assert spanhouse.flush()
    written = str(receiver.span("summarise").attributes["spanhouse.input"])
    given = json.loads(written)
    assert len(written) <= LIMIT
    assert given["words"] == 7
    assert given["document"].startswith('"why?"\n"why?"')
    assert given["document"].endswith(CUT_MARK)
