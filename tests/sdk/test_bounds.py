"""Whatever makes a span, its texts leave within the limit, masked before they are cut."""

import json

import openai
import opentelemetry.trace
import pytest

import spanhouse
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
