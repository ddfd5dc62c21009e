"""OpenTelemetry's variables and ours: which are heard, and which wins. Texts stay out wherever one of them says so."""

import os

import openai
import pytest
from opentelemetry import trace

import spanhouse
from tests.sdk import applications
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a:1/spans", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://b:1"},
            "http://a:1/spans",
        ),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b:1/", "SPANHOUSE_ENDPOINT": "http://c:1"}, "http://b:1/v1/traces"),
        ({"SPANHOUSE_ENDPOINT": "http://c:1"}, "http://c:1/v1/traces"),
        ({}, "http://127.0.0.1:4318/v1/traces"),
    ],
)
def test_opentelemetrys_variables_come_before_ours(
    environment: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    spanhouse.init(instrument=False)
    assert spanhouse.report().traces_url == url


@pytest.mark.parametrize(
    ("endpoint", "headers", "sent"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "authorization=Bearer%20theirs", "Bearer theirs"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "x-tenant=shop", "Bearer ours"),
        ("SPANHOUSE_ENDPOINT", "authorization=Bearer%20theirs", "Bearer ours"),
    ],
)
def test_key_goes_where_the_endpoint_comes_from(
    endpoint: str, headers: str, sent: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(endpoint, receiver.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", headers)
    monkeypatch.setenv("SPANHOUSE_API_KEY", "ours")
    spanhouse.init(instrument=False)
    with spanhouse.span("sent"):
        pass
    assert spanhouse.flush()
    assert receiver.headers[0]["authorization"] == sent


def test_scores_follow_spans_whose_endpoint_alone_is_named(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.url}/v1/traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-api-key=theirs")
    spanhouse.init(instrument=False)
    spanhouse.score("grounded", 1.0, session_id="s-1")
    assert spanhouse.flush()
    assert [log.event_name for log in receiver.logs] == ["gen_ai.evaluation.result"]
    assert receiver.headers[0]["x-api-key"] == "theirs"


CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.mark.parametrize(("wanted", "variable"), [(False, "SPAN_ONLY"), (True, "NO_CONTENT"), (True, "false")])
def test_whoever_wants_no_texts_gets_none(
    wanted: bool, variable: str, receiver: Receiver, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONTENT_VARIABLE, variable)
    spanhouse.init(receiver.url, capture_content=wanted)
    client = openai.OpenAI(base_url=openai_url, api_key="none")
    with spanhouse.span("support", kind="workflow") as step:
        step.set_input("the question")
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "the question"}])
    assert spanhouse.flush()
    assert [span.name for span in receiver.spans] == ["chat gpt-4o-mini", "invoke_workflow support"]
    assert "question" not in str(receiver.spans)
    spanhouse.shutdown()
    assert os.environ[CONTENT_VARIABLE] == variable


def test_libraries_that_write_texts_unasked_leave_none_when_none_are_wanted(receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False, capture_content=False)
    texts = dict.fromkeys(("gen_ai.input.messages", "pydantic_ai.all_messages", "gen_ai.prompt.0.content"), "the question")
    with trace.get_tracer("another library").start_as_current_span("chat", attributes={**texts, "gen_ai.prompt.name": "support"}):
        pass
    assert spanhouse.flush()
    assert receiver.span("chat").attributes == {"gen_ai.prompt.name": "support"}


WRONG = {
    "OTEL_BSP_EXPORT_TIMEOUT": ("soon", "no whole number of at least 1; the default is used"),
    "OTEL_BLRP_MAX_QUEUE_SIZE": ("0", "no whole number of at least 1; the default is used"),
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": ("-1", "no whole number of at least 0; the default is used"),
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": ("many", "no whole number of at least 0; the default is used"),
    "OTEL_EXPORTER_OTLP_TIMEOUT": ("0", "no number above 0; the default is used"),
    "OTEL_EXPORTER_OTLP_COMPRESSION": ("zstd", "which is not known; nothing is compressed"),
    "OTEL_RESOURCE_ATTRIBUTES": ("shop,team=a,", "of which 'shop' is left out: write name=value"),
    "OTEL_EXPORTER_OTLP_PROTOCOL": ("http/json", "which is not spoken here; http/protobuf is sent"),
}


def test_wrong_variables_are_named_and_not_heard(receiver: Receiver) -> None:
    """The specification: as if they were not set. OpenTelemetry's SDK raises over its limits, when it is imported or used."""
    script = f"""
before = {{name: os.environ[name] for name in {list(WRONG)!r}}}
spanhouse.init({receiver.url!r}, instrument=False)
print(spanhouse.report())
with spanhouse.span("sent"):
    spanhouse.score("grounded", 1.0)
assert spanhouse.flush()
assert before.items() <= os.environ.items()
"""
    wrong = {name: text for name, (text, _) in WRONG.items()}
    out, err = applications.run(script, status=0, **wrong, OTEL_EXPORTER_OTLP_HEADERS="sk-secret, x-tenant=shop")
    said = {f"{name} is {text!r}, {why}" for name, (text, why) in WRONG.items()}
    said.add("a part of OTEL_EXPORTER_OTLP_HEADERS, which is no name=value in URL-encoded characters")
    assert [line for line in err.splitlines() if not line.startswith("spanhouse.ignored")] == []  # nothing twice, and no key
    assert {headers["x-tenant"] for headers in receiver.headers} == {"shop"}
    assert {line.removeprefix("  ignored: ") for line in out.splitlines() if "ignored" in line} == said
    assert {line.removeprefix("spanhouse.ignored ") for line in err.splitlines() if "ignored" in line} == said
    assert receiver.span("sent").name == "sent"
    assert [log.event_name for log in receiver.logs] == ["gen_ai.evaluation.result"]
