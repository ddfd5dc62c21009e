"""From ``init`` to the bytes on the wire: real exporter, real receiver."""

import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import opentelemetry.trace
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import spanhouse
from tests.sdk import applications
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net


def init(receiver: Receiver, **options: object) -> None:
    spanhouse.init(receiver.url, instrument=False, **options)  # type: ignore[arg-type]  # tests name what they vary


def run_python(script: str) -> str:
    """Runs the script in an interpreter of its own, and gives what it wrote to standard error."""
    environment = {**os.environ, "PYTHONPATH": str(Path(spanhouse.__file__).parents[1])}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stderr


@pytest.mark.usefixtures("no_tracer_provider")
def test_span_arrives_with_the_resource_and_the_key(receiver: Receiver) -> None:
    init(receiver, api_key="secret", service_name="shop", environment="production", release="1.4.2")
    with spanhouse.span("checkout"):
        pass
    assert spanhouse.flush()
    resource = receiver.span("checkout").resource
    assert resource["service.name"] == "shop"
    assert resource["deployment.environment.name"] == "production"
    assert resource["service.version"] == "1.4.2"
    assert receiver.headers[0]["authorization"] == "Bearer secret"


def test_init_again_without_shutdown_changes_nothing_and_says_so(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    init(receiver, service_name="first")
    init(receiver, service_name="first")
    assert caplog.messages == []
    init(receiver, service_name="second")
    assert [message.split()[0] for message in caplog.messages] == ["spanhouse.init_again"]
    with spanhouse.span("once"):
        pass
    spanhouse.flush()
    assert receiver.span("once").resource["service.name"] == "first"


def test_init_after_shutdown_takes_the_new_release(receiver: Receiver) -> None:
    for release in ("1.0", "1.1"):
        init(receiver, service_name="shop", release=release)
        with spanhouse.span(f"in {release}"):
            pass
        spanhouse.shutdown()
    assert receiver.span("in 1.0").resource["service.version"] == "1.0"
    assert receiver.span("in 1.1").resource["service.version"] == "1.1"


@pytest.mark.usefixtures("no_tracer_provider")
def test_joins_the_applications_tracer_provider(receiver: Receiver) -> None:
    theirs = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(theirs))
    opentelemetry.trace.set_tracer_provider(provider)

    init(receiver, environment="staging")
    with spanhouse.context(session_id="s-1"), opentelemetry.trace.get_tracer("theirs").start_as_current_span("work"):
        pass
    spanhouse.flush()

    assert opentelemetry.trace.get_tracer_provider() is provider
    assert spanhouse.report().joined_existing_provider
    assert [span.name for span in theirs.get_finished_spans()] == ["work"]
    assert receiver.span("work").resource["deployment.environment.name"] == "staging"
    assert receiver.span("work").attributes == {"session.id": "s-1", "gen_ai.conversation.id": "s-1"}


@pytest.mark.usefixtures("no_tracer_provider")
def test_flush_of_the_applications_provider_flushes_ours(receiver: Receiver) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    opentelemetry.trace.set_tracer_provider(provider)
    init(receiver)
    provider.get_tracer("theirs").start_span("work").end()
    assert provider.force_flush()
    assert receiver.span("work").scope == "theirs"


def test_redirect_is_not_taken_for_delivery(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [302]
    with caplog.at_level(logging.CRITICAL):
        init(receiver)
        with spanhouse.span("lost"):
            pass
        assert not spanhouse.flush()
        assert "answered 302 Found" in str(spanhouse.report())
        spanhouse.shutdown()


def test_score_arrives_as_an_evaluation_of_the_open_span(receiver: Receiver) -> None:
    init(receiver, service_name="shop", clock=lambda: 1_767_225_600_000_000_000)
    with spanhouse.span("answer", kind="llm") as span:
        spanhouse.score("grounded", 0.5, label="partly", explanation="half of it is in the article")
    spanhouse.flush()
    (log,) = receiver.logs
    assert (log.event_name, log.time_ns) == ("gen_ai.evaluation.result", 1_767_225_600_000_000_000)
    assert (log.trace_id, log.span_id) == (span.trace_id, span.span_id)
    assert log.resource["service.name"] == "shop"
    assert log.attributes == {
        "gen_ai.evaluation.name": "grounded",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.score.label": "partly",
        "gen_ai.evaluation.explanation": "half of it is in the article",
    }


def test_busy_collector_is_asked_again(receiver: Receiver) -> None:
    receiver.answers = [503]
    init(receiver)
    with spanhouse.span("patient"):
        pass
    assert spanhouse.flush()
    assert receiver.span("patient").name == "patient"


def test_mask_changes_texts_of_spans_and_scores_before_they_leave(receiver: Receiver) -> None:
    init(receiver, mask=lambda key, text: text.replace("4711", "[card]"))
    with spanhouse.span("pay", kind="tool") as span:
        span.set_input({"card": "4711"})
        spanhouse.score("safe", 0.0, explanation="shows 4711")
    spanhouse.flush()
    assert receiver.span("execute_tool pay").attributes["gen_ai.tool.call.arguments"] == '{"card": "[card]"}'
    assert receiver.logs[0].attributes["gen_ai.evaluation.explanation"] == "shows [card]"


def test_mask_that_fails_sends_no_text(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    def mask(key: str, text: str) -> str:
        raise RuntimeError(key)

    with caplog.at_level(logging.CRITICAL):
        init(receiver, mask=mask)
        with spanhouse.span("pay", kind="tool") as span:
            span.set_input("4711")
        spanhouse.flush()
    assert set(receiver.span("execute_tool pay").attributes.values()) == {"[not sent: the mask failed]"}


@pytest.mark.usefixtures("no_tracer_provider")
def test_sample_rate_of_zero_sends_nothing_and_one_everything(receiver: Receiver) -> None:
    init(receiver, sample_rate=0.0)
    with spanhouse.span("dropped"):
        pass
    spanhouse.shutdown()
    assert receiver.spans == []


@pytest.mark.usefixtures("no_tracer_provider")
def test_sample_rate_holds_on_a_joined_provider(receiver: Receiver) -> None:
    opentelemetry.trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
    init(receiver, sample_rate=0.0)
    with spanhouse.span("dropped"):
        pass
    spanhouse.shutdown()
    assert receiver.spans == []


def test_unusable_setting_leaves_the_application_running(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init("collector:4318", instrument=False)
    with spanhouse.span("untraced") as span:
        span.set_output("fine")
    assert span.trace_id == ""
    assert "endpoint is 'collector:4318'; give a URL" in str(spanhouse.report())


def test_opentelemetrys_switch_keeps_everything_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "True")
    spanhouse.init(receiver.url)
    with spanhouse.span("untraced") as span:
        spanhouse.score("unsent", 1.0)
    assert (spanhouse.flush(), span.trace_id, receiver.spans, receiver.logs) == (True, "", [], [])
    assert str(spanhouse.report()) == "spanhouse is off: OTEL_SDK_DISABLED is set"


def test_exporter_of_none_keeps_everything_off_but_for_an_endpoint_in_the_code(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    spanhouse.init()
    with spanhouse.span("untraced"):
        spanhouse.score("unsent", 1.0)
    assert (spanhouse.flush(), receiver.spans, receiver.logs) == (True, [], [])
    assert str(spanhouse.report()).startswith("spanhouse is off: OTEL_TRACES_EXPORTER is 'none'; unset it")
    init(receiver)
    with spanhouse.span("traced"):
        pass
    assert spanhouse.flush()
    assert receiver.span("traced").name == "traced"


@pytest.mark.parametrize(("prefix", "lost"), [("OTEL_BSP", "spans"), ("OTEL_BLRP", "scores")])
def test_bounds_of_each_signal_come_from_the_variables_of_its_batch_processor(
    prefix: str, lost: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{prefix}_MAX_QUEUE_SIZE", "2")
    monkeypatch.setenv(f"{prefix}_SCHEDULE_DELAY", "60000")
    monkeypatch.setattr("spanhouse.delivery.Outbox._start", lambda _: None)  # nobody takes from the queue
    init(receiver)
    for _ in range(5):
        with spanhouse.span("step"):
            spanhouse.score("grounded", 1.0)
    assert spanhouse.report().dropped == {f"{lost} queue_full": 3}


@pytest.mark.parametrize(("prefix", "signal"), [("OTEL_BSP", "spans"), ("OTEL_BLRP", "scores")])
def test_batch_is_given_up_after_the_time_for_an_export(
    prefix: str, signal: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(f"{prefix}_EXPORT_TIMEOUT", "1")
    monkeypatch.setenv(f"{prefix}_SCHEDULE_DELAY", "1")
    with applications.nobody() as url, caplog.at_level(logging.CRITICAL):
        spanhouse.init(url, instrument=False)
        with spanhouse.span("step"):
            spanhouse.score("grounded", 1.0)
        by_s = time.monotonic() + 15  # far less than the five minutes without the variable
        while not (dropped := spanhouse.report().dropped) and time.monotonic() < by_s:
            time.sleep(0.01)
        spanhouse.shutdown(0.1)
    assert dropped == {f"{signal} gave_up": 1}  # the word of it goes the way of the scores, and is none


def test_endpoint_that_was_meant_for_grpc_is_named(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    spanhouse.init(instrument=False)
    problem = "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; give spanhouse.init an endpoint"
    assert problem in str(spanhouse.report())
    (said,) = caplog.records
    assert said.getMessage().startswith(f"spanhouse.off problem={problem}")
    assert said.exc_info is None  # a traceback says nothing about a setting
    spanhouse.init("http://127.0.0.1:9", instrument=False)
    assert spanhouse.report().traces_url == "http://127.0.0.1:9/v1/traces"


def test_spans_of_an_application_that_just_ends_arrive(receiver: Receiver) -> None:
    run_python(f"""
import spanhouse
spanhouse.init({receiver.url!r}, instrument=False)
with spanhouse.span("last words"):
    spanhouse.score("farewell", 1)
""")
    assert receiver.span("last words").name == "last words"
    assert receiver.logs[0].trace_id == receiver.span("last words").trace_id


def test_failed_attempts_are_not_logged_one_by_one(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [503] * 5
    with caplog.at_level(logging.WARNING):
        init(receiver)
        with spanhouse.span("patient"):
            pass
        assert spanhouse.flush()
    assert [record.getMessage() for record in caplog.records] == []


def test_exit_ends_and_says_what_was_lost_when_the_collector_is_away() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    script = f"import spanhouse\nspanhouse.init({url!r}, instrument=False)\nwith spanhouse.span('lost'):\n    pass\n"
    said = "spanhouse.dropped signal=spans reason=gave_up count=1 problem="
    assert run_python(script).count(f"{said}cannot reach {url}/v1/traces (nobody listens there; is the collector up") == 1


def test_forked_children_send_their_own_spans_once(receiver: Receiver) -> None:
    run_python(f"""
import os, spanhouse
spanhouse.init({receiver.url!r}, instrument=False)
with spanhouse.span("before"):
    pass
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        with spanhouse.span(f"child {{number}}"):
            pass
        raise SystemExit
    children.append(child)
for child in children:
    os.waitpid(child, 0)
with spanhouse.span("after"):
    pass
""")
    assert sorted(span.name for span in receiver.spans) == ["after", "before", "child 0", "child 1", "child 2"]


def test_worker_processes_that_never_reach_atexit_send_their_spans(receiver: Receiver) -> None:
    """``multiprocessing`` ends its children with ``os._exit``, which skips what Python does at exit."""
    run_python(f"""
import multiprocessing, spanhouse

def work():
    with spanhouse.span("worker"):
        pass

if __name__ == "__main__":
    spanhouse.init({receiver.url!r}, instrument=False)
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
""")
    assert [span.name for span in receiver.spans] == ["worker"]
