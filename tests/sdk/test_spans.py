"""``span``, ``context``, ``score`` and ``feedback``, caught in memory."""

import contextlib
import dataclasses
import datetime
import enum
import json
import logging

import opentelemetry.baggage
import opentelemetry.trace
import pydantic
import pytest

import spanhouse
from spanhouse.testing import Captured, SteppedClock, capture


def attributes(captured: Captured, name: str) -> dict[str, object]:
    return dict(captured.span(name).attributes or {})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tool", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x"}),
        ("retrieval", {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "x"}),
        ("agent", {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x"}),
        ("workflow", {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "x"}),
        ("guardrail", {"gen_ai.operation.name": "guardrail", "spanhouse.guardrail.name": "x"}),
        ("embedding", {"gen_ai.operation.name": "embeddings"}),
        ("llm", {"gen_ai.operation.name": "chat"}),
    ],
)
def test_kind_decides_operation_and_span_name(
    spanhouse_capture: Captured, kind: spanhouse.Kind, expected: dict[str, object]
) -> None:
    with spanhouse.span("x", kind=kind):
        pass
    assert attributes(spanhouse_capture, f"{expected['gen_ai.operation.name']} x") == expected


def test_span_that_is_opened_inside_itself_is_two_spans_and_leaves_nothing_open(spanhouse_capture: Captured) -> None:
    step = spanhouse.span("step")
    with step:
        outer_id = step.span_id
        with step:
            inner_id = step.span_id
        assert step.span_id == outer_id
        assert spanhouse.current_span().span_id == outer_id
    assert spanhouse.current_span().span_id == ""
    inner, outer = spanhouse_capture.spans
    ids = [f"{context.span_id:016x}" for span in (inner, outer) if (context := span.get_span_context()) is not None]
    assert ids == [inner_id, outer_id]
    assert inner.parent is not None
    assert (f"{inner.parent.span_id:016x}", outer.parent) == (outer_id, None)


@dataclasses.dataclass(kw_only=True)
class FailingClock(SteppedClock):
    """Raises while it ``fails``."""

    fails: bool = False

    def __call__(self) -> int:
        if self.fails:
            raise OSError("no clock")
        return super().__call__()


@pytest.mark.parametrize("inside", [False, True], ids=["again", "inside itself"])
def test_span_that_cannot_be_opened_again_ends_the_first_one_once(inside: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A span that ended warns of a second end, and takes no attribute any more."""
    clock = FailingClock()
    with caplog.at_level(logging.WARNING, logger="opentelemetry"), capture(clock=clock) as captured:
        step = spanhouse.span("step")
        with step:
            first_id = step.span_id
            clock.fails = inside
            with step if inside else contextlib.nullcontext():
                assert (step.span_id == "") == inside
            clock.fails = False
            assert step.span_id == first_id
        assert step.span_id == first_id
        clock.fails = True
        with step:
            assert step.span_id == ""
            step.set_attribute("shop.step", 2)
            clock.fails = False
    assert attributes(captured, "step") == {}
    assert [message for logger, _, message in caplog.record_tuples if logger.startswith("opentelemetry")] == []


def test_model_call_carries_everything_that_was_set(spanhouse_capture: Captured) -> None:
    with spanhouse.span("answer", kind="llm", model="gpt-4o-mini", provider="openai") as call:
        call.set_request(temperature=0.2, max_tokens=100, stream=True)
        call.set_input([{"role": "user", "content": "Hi"}], system="Be brief.")
        call.mark_first_chunk()
        call.mark_first_chunk()
        call.set_output("Hello")
        call.set_response(model="gpt-4o-mini-2024-07-18", id="r-1", finish_reasons=["stop"])
        call.set_usage(input_tokens=3, output_tokens=1, cache_read_tokens=2, cache_write_tokens=0, reasoning_tokens=0)
    assert attributes(spanhouse_capture, "chat gpt-4o-mini") == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stream": True,
        "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief."}]',
        "gen_ai.response.time_to_first_chunk": 0.001,
        "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}]',
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.id": "r-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 1,
        "gen_ai.usage.cache_read.input_tokens": 2,
        "gen_ai.usage.cache_write.input_tokens": 0,
        "gen_ai.usage.reasoning.output_tokens": 0,
    }


def test_retrieval_keeps_query_and_documents(spanhouse_capture: Captured) -> None:
    with spanhouse.span("help-centre", kind="retrieval") as step:
        step.set_input("refund")
        step.set_output([{"id": "a1", "score": 0.9, "content": "Five days."}])
        step.set_retrieval(top_k=3)
    found = attributes(spanhouse_capture, "retrieval help-centre")
    assert found["gen_ai.retrieval.query.text"] == "refund"
    assert json.loads(str(found["gen_ai.retrieval.documents"])) == [{"id": "a1", "score": 0.9, "content": "Five days."}]
    assert found["gen_ai.retrieval.top_k"] == 3


def test_embedding_keeps_only_the_dimension_of_vectors(spanhouse_capture: Captured) -> None:
    with spanhouse.span("embed", kind="embedding", model="text-embedding-3-small") as step:
        step.set_output([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    assert attributes(spanhouse_capture, "embeddings text-embedding-3-small")["gen_ai.embeddings.dimension.count"] == 3


def test_times_come_from_the_injected_clock() -> None:
    clock = SteppedClock(now_ns=1_000, step_ns=0)
    with capture(clock=clock) as captured, spanhouse.span("slow"):
        clock.advance(2.5)
    span = captured.span("slow")
    assert (span.start_time, span.end_time) == (1_000, 2_500_001_000)


def test_exception_is_recorded_and_raised_unchanged(spanhouse_capture: Captured) -> None:
    error = KeyError("order 7")
    with pytest.raises(KeyError) as raised, spanhouse.span("look_up", kind="tool"):
        raise error
    assert raised.value is error
    span = spanhouse_capture.span("execute_tool look_up")
    assert span.status.status_code is opentelemetry.trace.StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "KeyError"
    (event,) = span.events
    assert (event.name, (event.attributes or {})["exception.message"]) == ("exception", "'order 7'")


def test_failure_without_an_exception_is_named_by_its_type(spanhouse_capture: Captured) -> None:
    with spanhouse.span("answer", kind="llm") as call:
        call.set_error("timeout")
    span = spanhouse_capture.span("chat answer")
    assert (span.attributes or {})["error.type"] == "timeout"
    assert span.status.status_code is opentelemetry.trace.StatusCode.ERROR


def test_context_is_on_every_span_inside_and_on_none_outside(spanhouse_capture: Captured) -> None:
    theirs = spanhouse_capture.tracer_provider.get_tracer("theirs")
    with spanhouse.context(session_id="s", user_id="u", tags=["a"], metadata={"plan": "pro", "cart": [1]}):
        with spanhouse.context(tags=["a", "b"], metadata={"seats": 3}, prompt=("support", "7")):
            theirs.start_span("inner").end()
        theirs.start_span("outer").end()
    theirs.start_span("after").end()
    outer = {
        "session.id": "s",
        "gen_ai.conversation.id": "s",
        "user.id": "u",
        "spanhouse.tags": ("a",),
        "spanhouse.metadata.plan": "pro",
        "spanhouse.metadata.cart": "[1]",
    }
    assert attributes(spanhouse_capture, "outer") == outer
    assert attributes(spanhouse_capture, "inner") == {
        **outer,
        "spanhouse.tags": ("a", "b"),
        "spanhouse.metadata.seats": 3,
        "gen_ai.prompt.name": "support",
        "gen_ai.prompt.version": "7",
    }
    assert attributes(spanhouse_capture, "after") == {}


def test_baggage_leaves_the_process_only_when_asked_for() -> None:
    with spanhouse.context(session_id="s", user_id="u"):
        assert opentelemetry.baggage.get_all() == {}
        with spanhouse.context(session_id="t", baggage=True):
            assert opentelemetry.baggage.get_all() == {"session.id": "t"}


def test_hostile_context_reaches_nobody(spanhouse_capture: Captured, caplog: pytest.LogCaptureFixture) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with (
        caplog.at_level(logging.CRITICAL),
        spanhouse.context(session_id=Hostile(), tags="beta", metadata={"x": Hostile()}),  # type: ignore[arg-type]  # on purpose
        spanhouse.span("x"),
    ):
        pass
    assert attributes(spanhouse_capture, "x") == {"spanhouse.tags": ("beta",)}


def test_score_can_name_a_span_a_trace_a_session_or_a_response(spanhouse_capture: Captured) -> None:
    with spanhouse.span("request"):
        spanhouse.score("of span", 1, trace_id="0a", span_id="0b")
        spanhouse.score("of trace", 1, trace_id=10)
        spanhouse.score("of session", True, session_id="s-1")
        spanhouse.score("of response", label="good", response_id="chatcmpl-7")
    named = [
        (record.log_record.trace_id, record.log_record.span_id, dict(record.log_record.attributes or {}))
        for record in spanhouse_capture.scores
    ]
    name, value = "gen_ai.evaluation.name", "gen_ai.evaluation.score.value"
    label = "gen_ai.evaluation.score.label"
    assert named == [
        (10, 11, {name: "of span", value: 1.0}),
        (10, 0, {name: "of trace", value: 1.0}),
        (0, 0, {name: "of session", value: 1.0, "session.id": "s-1"}),
        (0, 0, {name: "of response", label: "good", "gen_ai.response.id": "chatcmpl-7"}),
    ]


def test_feedback_is_a_score_with_the_users_words(spanhouse_capture: Captured) -> None:
    with spanhouse.span("request") as span:
        pass
    spanhouse.feedback(False, "wrong shop", trace_id=span.trace_id, span_id=span.span_id)
    (record,) = spanhouse_capture.scores
    assert (record.log_record.trace_id, record.log_record.span_id) == (1, 1)
    assert dict(record.log_record.attributes or {}) == {
        "gen_ai.evaluation.name": "user_feedback",
        "gen_ai.evaluation.score.value": 0.0,
        "gen_ai.evaluation.score.label": "down",
        "gen_ai.evaluation.explanation": "wrong shop",
    }


def test_nothing_is_captured_when_content_is_off() -> None:
    with capture(capture_content=False) as captured, spanhouse.span("look_up", kind="tool") as step:
        step.set_input({"order": 7})
        step.set_output("sent")
        spanhouse.score("good", 1, explanation="secret")
    assert attributes(captured, "execute_tool look_up") == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look_up",
    }
    assert "gen_ai.evaluation.explanation" not in (captured.scores[0].log_record.attributes or {})


def test_long_content_is_cut_and_stays_valid_json() -> None:
    with capture(content_limit_chars=400) as captured, spanhouse.span("answer", kind="llm") as call:
        call.set_input([{"role": "user", "content": "a" * 10_000}, {"role": "user", "content": "short"}])
        call.set_output("é" * 10_000)
    found = attributes(captured, "chat answer")
    first, second = json.loads(str(found["gen_ai.input.messages"]))
    assert first["parts"][0]["content"].endswith("a… [cut]")
    assert second["parts"][0]["content"] == "short"
    assert len(str(found["gen_ai.output.messages"])) < 450


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def test_content_that_cannot_be_written_costs_nothing_else(spanhouse_capture: Captured) -> None:
    endless: list[object] = []
    endless.append(endless)
    with spanhouse.span("odd", kind="tool") as step:
        step.set_input({"hostile": Hostile(), "bytes": b"x", "set": {1}, "surrogate": "\ud800"})
        step.set_output(endless)
    found = attributes(spanhouse_capture, "execute_tool odd")
    assert json.loads(str(found["gen_ai.tool.call.arguments"])) == {
        "hostile": "<Hostile>",
        "bytes": "b'x'",
        "set": [1],
        "surrogate": "?",
    }
    assert json.loads(str(found["gen_ai.tool.call.result"]))[0][0]
    assert str(found["gen_ai.tool.call.result"]).count("[cut]") == 1


def test_without_init_everything_does_nothing() -> None:
    with spanhouse.context(session_id="s"), spanhouse.span("x", kind="llm") as span:
        span.set_input("in")
        span.set_usage(input_tokens=1)
        span.mark_first_chunk()
        spanhouse.current_span().set_output("out")
        spanhouse.score("good", 1)
        spanhouse.feedback(True)
    assert (span.trace_id, span.span_id) == ("", "")
    assert spanhouse.flush()


def test_broken_clock_of_the_application_reaches_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> int:
        raise OSError("no clock")

    with caplog.at_level(logging.CRITICAL), capture(clock=broken):  # type: ignore[arg-type]  # a fault put in on purpose
        with spanhouse.span("x") as span:
            span.mark_first_chunk()
        spanhouse.score("good", 1)


def test_metadata_that_json_does_not_know_is_written_as_its_text(spanhouse_capture: Captured) -> None:
    class Plan(enum.IntEnum):
        PRO = 3

    @dataclasses.dataclass
    class Seat:
        row: int

    class Customer(pydantic.BaseModel):
        seats: list[int]

    given = {"at": datetime.date(2026, 12, 1), "plan": Plan.PRO, "seat": Seat(7), "raw": b"abc", "set": {1}, "pair": (1, None)}
    given["customer"] = Customer(seats=[7])
    with spanhouse.context(metadata={"all": given}), spanhouse.span("work"):
        pass
    assert json.loads(str(attributes(spanhouse_capture, "work")["spanhouse.metadata.all"])) == {
        "at": "2026-12-01", "plan": 3, "seat": str(Seat(7)), "raw": "b'abc'", "set": "{1}", "pair": [1, None],
        "customer": {"seats": [7]},
    }  # fmt: skip


def test_span_that_was_found_is_current_in_a_with_and_stays_open(spanhouse_capture: Captured) -> None:
    with spanhouse.span("outer"):
        with spanhouse.current_span() as found, spanhouse.span("first"):
            found.set_attribute("seen", True)
        with spanhouse.span("middle"), found, found, spanhouse.span("second"):
            pass
        with pytest.raises(ValueError, match="caught by the application"), spanhouse.current_span():
            raise ValueError("caught by the application")
        spanhouse.current_span().set_attribute("is_open", True)
    outer = spanhouse_capture.span("outer")
    assert [span.name for span in spanhouse_capture.spans] == ["first", "second", "middle", "outer"]
    assert outer.context is not None
    parents = {span.name: span.parent and span.parent.span_id for span in spanhouse_capture.spans}
    outer_id = outer.context.span_id
    assert parents == {"first": outer_id, "second": outer_id, "middle": outer_id, "outer": None}
    assert (dict(outer.attributes or {}), outer.status.status_code.name) == ({"seen": True, "is_open": True}, "UNSET")


def test_span_that_was_not_found_does_nothing_in_a_with(spanhouse_capture: Captured) -> None:
    with spanhouse.current_span() as nothing, spanhouse.span("step"):
        nothing.set_output("out")
    assert [(span.name, span.parent) for span in spanhouse_capture.spans] == [("step", None)]
