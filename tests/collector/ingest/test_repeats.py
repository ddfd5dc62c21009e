"""A call that several spans report counts once, in whichever batch, order and signal the reports come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import NOON_NS, SECOND_NS, logs, record, span, traces

pytestmark = pytest.mark.store

_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.id": "msg_1",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 2,
}
_SAID = {"gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Yes."}]}]'}
_COST = 0.00006
_ONCE = {"calls": 1, "tokens": 12, "priced": 1}


class Project:
    """A project of its own, into which reports are sent batch after batch."""

    def __init__(self, store: Store, folder: Path, name: str) -> None:
        self._store = store
        self._path = folder / f"{name}.frames"
        self._name = name
        self._writers: dict[Signal, BatchWriter] = {}
        self._rollup = Rollup(store, share=1.0)

    def send(self, *spans: Span, scope: str = "") -> None:
        """Stores spans in one batch, each under a scope of its name if none is given."""
        body = b""
        for one in spans:
            request = traces(one)
            request.resource_spans[0].scope_spans[0].scope.name = scope or one.name
            body += request.SerializeToString()
        self.store("traces", body)

    def store(self, signal: Signal, body: bytes) -> None:
        """Stores a batch and recomputes its minutes."""
        if signal not in self._writers:
            self._writers[signal] = BatchWriter(self._store, signal, instance="test", nested=nested)
        self._path.write_bytes(frames.encode(body, project=self._name, received_ms=1))
        self._rollup.touch(self._writers[signal].write(self._path))
        self._rollup.refresh()

    def costs(self) -> dict[str, tuple[str, str, float]]:
        """Kind, status and cost by the spans' names."""
        rows = self._store.query(load("tests.collector.dialects.sql", "canonical"), {"project": self._name})
        return {row["name"]: (row["kind"], row["cost_status"], float(row["cost_usd"] or 0)) for row in rows}

    def counted(self) -> dict[str, Any]:
        """What the rollup says of calls."""
        return self._store.query(load("tests.collector.ingest.sql", "counted"), {"project": self._name})[0]


@pytest.fixture
def project(shared_store: Store, new_project: Callable[[], str], tmp_path: Path) -> Project:
    return Project(shared_store, tmp_path, new_project())


def report(name: str, given: dict[str, Any] | None = None, *, number: int = 1, at_s: float = 0, **fields: Any) -> Span:
    """A span of two seconds that reports the call."""
    start_ns = NOON_NS + int(at_s * SECOND_NS)
    times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + 2 * SECOND_NS}
    return span(
        name,
        {**_CALL, **(given or {})},
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        **times,
        **fields,
    )


_ASIDE = ("span", "roll_up", 0.0)
_PRICED = ("llm", "computed", pytest.approx(_COST))


def test_the_report_with_messages_counts(project: Project) -> None:
    project.send(report("instrumented", _SAID), report("native", number=2, at_s=0.1))
    assert project.costs() == {"instrumented": _PRICED, "native": _ASIDE}
    assert project.counted() == _ONCE


def test_of_reports_that_say_as_much_the_inner_one_counts(project: Project) -> None:
    project.send(report("outer"), report("inner", number=2, at_s=0.1))
    assert project.costs() == {"outer": _ASIDE, "inner": _PRICED}


_NATIVE = report("native", number=2, at_s=0.1)
_INSTRUMENTED = report("instrumented", _SAID)


@pytest.mark.parametrize(
    "batches",
    [
        [[_NATIVE], [_INSTRUMENTED]],
        [[_INSTRUMENTED], [_NATIVE]],
        [[_NATIVE, _INSTRUMENTED], [_NATIVE]],
        [[_NATIVE, _INSTRUMENTED], [_INSTRUMENTED]],
        [[_NATIVE, _NATIVE, _INSTRUMENTED], [_INSTRUMENTED, _NATIVE]],
    ],
    ids=["worse first", "better first", "worse again", "better again", "all again"],
)
def test_batches_and_resends_change_nothing(project: Project, batches: Sequence[Sequence[Span]]) -> None:
    for batch in batches:
        project.send(*batch)
    assert project.costs() == {"instrumented": _PRICED, "native": _ASIDE}
    assert project.counted() == _ONCE


def test_reports_in_neighbouring_minutes_are_one_call(project: Project) -> None:
    project.send(report("native", number=2, at_s=60.1))
    project.send(report("instrumented", _SAID, at_s=59.9))
    assert project.costs() == {"instrumented": _PRICED, "native": _ASIDE}
    assert project.counted() == _ONCE


@pytest.mark.parametrize(
    ("name", "given", "at_s"),
    [
        ("two", {}, 10),
        ("one", {}, 0.1),
        ("two", {"gen_ai.usage.input_tokens": 11}, 0.1),
        ("two", {"gen_ai.response.id": "msg_2"}, 0.1),
        ("two", {"gen_ai.response.id": ""}, 0.1),
    ],
    ids=["one after the other", "the same scope", "other tokens", "other answers", "no id"],
)
def test_other_calls_are_kept_apart(project: Project, name: str, given: dict[str, Any], at_s: float) -> None:
    """Fakes and some local servers repeat their ids."""
    project.send(report("one"), report(name, given, number=2, at_s=at_s))
    assert {status for _, status, _ in project.costs().values()} == {"computed"}
    assert project.counted()["calls"] == 2


def test_an_id_that_everything_shares_is_no_answer_s(project: Project) -> None:
    project.send(*(report(f"call {number}", number=number) for number in range(1, 18)))
    assert project.counted()["calls"] == 17


def test_a_report_without_usage_leaves_the_other_alone(project: Project) -> None:
    quiet = {key: value for key, value in _CALL.items() if "usage" not in key} | _SAID
    project.send(span("instrumented", quiet, trace_id=b"t" * 16, span_id=b"s" * 8), report("native"))
    assert project.costs() == {"instrumented": ("llm", "no_usage", 0.0), "native": _PRICED}


def test_a_client_s_own_record_repeats_that_of_its_parent_without_an_id(project: Project) -> None:
    outer = report("outer", {"gen_ai.response.id": ""})
    project.send(outer)
    inner = report("inner", number=2, at_s=0.1, parent_span_id=outer.span_id)
    inner.trace_id = outer.trace_id
    project.send(inner, scope="com.anthropic.sdk.python")
    assert project.counted() == _ONCE
    assert sorted(status for _, status, _ in project.costs().values()) == ["computed", "roll_up"]


def test_claude_code_s_span_and_its_event_are_one_call(project: Project) -> None:
    told = {"request_id": "req_1", "model": "claude-sonnet-4-5", "input_tokens": 10, "output_tokens": 2}
    made = report("claude_code.llm_request", {})
    made.ClearField("attributes")
    made.attributes.extend(span("x", {**told, "span.type": "llm_request"}).attributes)
    event = {
        "event.name": "api_request",
        **{key: str(value) for key, value in told.items()},
        "cost_usd": "0.5",
        "duration_ms": "1900",
    }
    project.send(made, scope="com.anthropic.claude_code.tracing")
    project.store(
        "logs", logs(record("claude_code.api_request", event, time_unix_nano=NOON_NS + 2 * SECOND_NS)).SerializeToString()
    )
    assert project.counted() == _ONCE
    assert project.costs() == {"claude_code.llm_request": _ASIDE, "claude_code.api_request": ("llm", "reported", 0.5)}
