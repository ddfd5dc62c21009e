"""``python -m spanhouse doctor`` against a receiver, a refusing one, and none."""

import socket

import pytest

from spanhouse.__main__ import main
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net


def test_span_that_arrives_is_found_again(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", receiver.url, "--api-key", "secret"]) == 0
    (span,) = receiver.spans
    assert capsys.readouterr().out.splitlines() == [
        f"sends to {receiver.url}/v1/traces, with an API key",
        f"delivered one span, trace {span.trace_id}",
        "found it again: spans arrive",
    ]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "401 Unauthorized; give a key that may send, by api_key or SPANHOUSE_API_KEY"),
        (403, "403 Forbidden; give a key that may send, by api_key or SPANHOUSE_API_KEY"),
        (404, "404 Not Found; give the base URL of a receiver of OTLP over HTTP"),
        (400, "400 Bad Request"),
    ],
)
def test_refusal_is_named_with_its_remedy(receiver: Receiver, capsys: pytest.CaptureFixture[str], status: int, said: str) -> None:
    receiver.answers = [status]
    assert main(["doctor", "--endpoint", receiver.url]) == 1
    assert f"not delivered: {receiver.url}/v1/traces answered {said}\n" in capsys.readouterr().out


def test_absent_collector_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert main(["doctor", "--endpoint", url, "--timeout", "0.3"]) == 1
    assert f"not delivered: cannot reach {url}/v1/traces (ConnectionError)" in capsys.readouterr().out


def test_unusable_endpoint_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", "collector:4318"]) == 1
    assert "not configured: endpoint is 'collector:4318'; give a URL" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"])
def test_key_in_opentelemetrys_variables_is_seen_and_asked_with(
    variable: str, receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.key = "secret"
    monkeypatch.setenv(variable, "X-Api-Key=secret")
    assert main(["doctor", "--endpoint", receiver.url, "--timeout", "2"]) == 0
    assert f"sends to {receiver.url}/v1/traces, with an API key" in capsys.readouterr().out


def test_other_headers_are_no_key(
    receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop")
    assert main(["doctor", "--endpoint", receiver.url]) == 0
    assert f"sends to {receiver.url}/v1/traces, without an API key" in capsys.readouterr().out


def test_absent_file_of_certificates_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "/absent/ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)  # of less weight
    assert main(["doctor", "--endpoint", "https://127.0.0.1:9"]) == 1
    assert "not delivered: cannot send to https://127.0.0.1:9/v1/traces: " in (out := capsys.readouterr().out)
    assert "/absent/ca.pem" in out
