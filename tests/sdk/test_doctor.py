"""``python -m spanhouse doctor`` against a receiver, a refusing one, and none."""

import contextlib
import os
import socket
import subprocess
import sys
import threading

import pytest

from spanhouse.__main__ import main
from tests.sdk.otlp_receiver import Receiver
from tests.server_process import ServerProcess

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
        (405, "405 Method Not Allowed; give the base URL of a receiver of OTLP over HTTP"),
        (400, "400 Bad Request"),
        (302, "302 Found to 'https://collector.example/v1/traces'; give the endpoint that is meant"),
    ],
)
def test_refusal_is_named_with_its_remedy(receiver: Receiver, capsys: pytest.CaptureFixture[str], status: int, said: str) -> None:
    receiver.answers = [status]
    assert main(["doctor", "--endpoint", receiver.url]) == 1
    assert f"not delivered: {receiver.url}/v1/traces answered {said}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, "429 Too Many Requests; the quota of this key is used up for now: send less, or have it raised"),
        (503, "503 Service Unavailable; it takes nothing for now, and its log says why"),
    ],
)
def test_refusal_for_now_that_lasts_is_named_with_its_remedy(
    receiver: Receiver, capsys: pytest.CaptureFixture[str], status: int, said: str
) -> None:
    receiver.answers = [status] * 10_000
    assert main(["doctor", "--endpoint", receiver.url, "--timeout", "0.5"]) == 1
    assert f"not delivered: {receiver.url}/v1/traces answered {said}\n" in capsys.readouterr().out


def test_key_that_may_only_send_is_told_that_spans_arrive(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """As ``spanhouse keys create`` makes them."""
    receiver.only_takes = True
    assert main(["doctor", "--endpoint", receiver.url]) == 0
    assert "spans arrive: the collector took it; it was not asked back, since this key may only send\n" in capsys.readouterr().out


def test_span_that_was_sent_below_a_path_is_asked_for_at_the_root(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", f"{receiver.url}/otlp"]) == 0
    assert "found it again: spans arrive\n" in capsys.readouterr().out


@pytest.mark.usefixtures("no_tracer_provider")
def test_span_that_the_sampler_drops_is_not_taken_for_delivered(
    receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert main(["doctor", "--endpoint", receiver.url]) == 1
    assert "no span was made: the sampler dropped it; see OTEL_TRACES_SAMPLER\n" in capsys.readouterr().out


def test_key_is_taken_without_the_line_end_of_its_file_and_never_shown(
    receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANHOUSE_API_KEY", "secret\n")
    assert main(["doctor", "--endpoint", f"{receiver.url} "]) == 0
    assert receiver.headers[0]["authorization"] == "Bearer secret"
    assert main(["doctor", "--endpoint", receiver.url, "--api-key", "sec\nret"]) == 1
    assert "a header, perhaps the API key, holds characters that none may\n" in (out := capsys.readouterr().out)
    assert "ret'" not in out


def test_absent_collector_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert main(["doctor", "--endpoint", url, "--timeout", "0.3"]) == 1
    told = "nobody listens there; is the collector up, and is this its port?"
    assert f"not delivered: cannot reach {url}/v1/traces ({told})" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "it hung up without an answer; does it take OTLP over HTTP there, not https or gRPC?"),
        (b"\x00\x00\x12\x04\x00\r\n\r\n", "its answer is no HTTP; does it take OTLP over HTTP there, not https or gRPC?"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "its answer is no HTTP; does it take OTLP over HTTP there, not https or gRPC?"),
        (None, "no answer in time"),
    ],
    ids=["nothing", "half of HTTP/2", "SSH", "late"],
)
def test_port_that_speaks_something_else_is_named(
    answer: bytes | None, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        answering = threading.Thread(target=_answer_all, args=(listening, answer))
        answering.start()
        assert main(["doctor", "--endpoint", url, "--timeout", "0.5"]) == 1
        listening.shutdown(socket.SHUT_RDWR)
        answering.join()
    assert f"not delivered: cannot reach {url}/v1/traces ({told})" in capsys.readouterr().out


def test_port_for_grpc_is_told_apart_and_the_right_one_named(
    server_process: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--endpoint", f"http://{server_process.grpc}", "--timeout", "1"]) == 1
    told = "it speaks gRPC there; give the endpoint with the port for OTLP over HTTP, which is 4318 as a rule"
    url = f"http://{server_process.grpc}/v1/traces"
    assert f"not delivered: cannot reach {url} ({told})\n" in capsys.readouterr().out


def _answer_all(listening: socket.socket, answer: bytes | None) -> None:
    with contextlib.ExitStack() as kept, contextlib.suppress(OSError):
        while True:
            connection = kept.enter_context(listening.accept()[0])
            with contextlib.suppress(OSError):  # the client may have gone, and asks again
                connection.recv(65_536)
                if answer is not None:
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)  # a close would take the answer back, where it has not read everything


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:9", "nobody listens there; is the collector up, and is this its port?"),
        ("http://collector.invalid:4318", "no machine of that name is known here"),
    ],
)
def test_doctor_says_in_one_sentence_what_is_logged_too(url: str, told: str) -> None:
    command = [sys.executable, "-m", "spanhouse", "doctor", "--endpoint", url, "--timeout", "1"]
    wrong = {
        "OTEL_EXPORTER_OTLP_COMPRESSION": "zstd",
        "OTEL_EXPORTER_OTLP_HEADERS": "sk-secret, a=b",
        "OTEL_RESOURCE_ATTRIBUTES": "shop",
    }
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | wrong)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        f"sends to {url}/v1/traces, without an API key",
        "ignored: OTEL_RESOURCE_ATTRIBUTES is 'shop', of which 'shop' is left out: write name=value",
        "ignored: OTEL_EXPORTER_OTLP_COMPRESSION is 'zstd', which is not known; nothing is compressed",
        "ignored: a part of OTEL_EXPORTER_OTLP_HEADERS, which is no name=value in URL-encoded characters",
        f"not delivered: cannot reach {url}/v1/traces ({told})",
    ]


def test_unusable_endpoint_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", "collector:4318"]) == 1
    assert "not configured: endpoint is 'collector:4318'; give a URL" in capsys.readouterr().out


@pytest.mark.parametrize("endpoint", ["http://", "http://:4318", "http://127.0.0.1:port", "http://127.0.0.1:99999"])
def test_endpoint_without_a_usable_host_and_port_is_named(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", endpoint]) == 1
    told = f"endpoint is {endpoint!r}; give a URL with a host and a port such as http://127.0.0.1:4318"
    assert capsys.readouterr().out == f"not configured: {told}\n"


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_time_that_is_none_is_named(timeout: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--timeout", timeout])
    assert ended.value.code == 2
    assert f"argument --timeout: it is {timeout!r}; give a number of seconds above 0\n" in capsys.readouterr().err


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
