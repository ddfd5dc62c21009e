"""Between the application and the collector: certificates of an authority of one's own, and a proxy."""

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
import trustme

import spanhouse
from spanhouse.__main__ import main
from tests.sdk import forward_proxy, otlp_receiver
from tests.sdk.forward_proxy import Proxy
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The file of an authority that nobody knows; beside it, its certificate for this machine with the key."""
    found = trustme.CA()
    found.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    found.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return tmp_path / "authority.pem"


@pytest.fixture
def secure_receiver(authority: Path) -> Iterator[Receiver]:
    """A collector that speaks TLS with a certificate of that authority."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.parent / "server.pem")
    with otlp_receiver.running(tls) as running:
        yield running
        spanhouse.shutdown()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that nothing points to yet."""
    for name in _PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with forward_proxy.running() as running:
        yield running


def send_span_and_score(url: str, spool_dir: Path | None = None) -> bool:
    spanhouse.init(url, instrument=False, spool_dir=spool_dir)
    with spanhouse.span("step"):
        spanhouse.score("grounded", 1.0)
    return spanhouse.flush()


@pytest.mark.parametrize("spooled", [False, True], ids=["from memory", "from the spool"])
def test_authority_that_is_named_is_trusted(
    secure_receiver: Receiver, authority: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spooled: bool
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    assert send_span_and_score(secure_receiver.url, tmp_path / "spool" if spooled else None)
    assert secure_receiver.span("step").name == "step"
    assert [record.event_name for record in secure_receiver.logs] == ["gen_ai.evaluation.result"]


@pytest.mark.parametrize("spooled", [False, True], ids=["from memory", "from the spool"])
def test_connection_that_breaks_within_the_answer_is_tried_again(receiver: Receiver, tmp_path: Path, spooled: bool) -> None:
    receiver.cut_off = 2
    assert send_span_and_score(receiver.url, tmp_path / "spool" if spooled else None)
    assert (receiver.span("step").name, len(receiver.logs)) == ("step", 1)
    report = spanhouse.report()
    assert (report.sent, report.dropped, report.problem) == ({"spans": 1, "scores": 1}, {}, "")


def test_doctor_asks_with_the_authority_that_is_named(
    secure_receiver: Receiver, authority: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    assert main(["doctor", "--endpoint", secure_receiver.url]) == 0
    assert "found it again: spans arrive" in capsys.readouterr().out


def test_certificate_of_an_unknown_authority_is_refused_and_the_remedy_is_named(
    secure_receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--endpoint", secure_receiver.url, "--timeout", "1"]) == 1
    assert secure_receiver.spans == []
    assert (
        f"not delivered: cannot reach {secure_receiver.url}/v1/traces (unable to get local issuer certificate; "
        "OTEL_EXPORTER_OTLP_CERTIFICATE names the file of an authority of your own)"
    ) in capsys.readouterr().out


def test_collector_without_tls_is_not_taken_for_one_with_a_bad_certificate(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--endpoint", receiver.url.replace("http:", "https:"), "--timeout", "1"]) == 1
    told = "it speaks no TLS there; give the endpoint with http:// if it takes plain HTTP"
    assert f"/v1/traces ({told})\n" in (out := capsys.readouterr().out)
    assert "OTEL_EXPORTER_OTLP_CERTIFICATE" not in out


def test_https_to_a_port_of_grpc_is_told_the_other_port(
    authority: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    pair = (authority.parent / "server.pem").read_bytes()
    server = grpc.server(futures.ThreadPoolExecutor(1))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(pair, pair)]))
    server.start()
    try:
        assert main(["doctor", "--endpoint", f"https://127.0.0.1:{port}", "--timeout", "2"]) == 1
    finally:
        server.stop(None).wait()
    told = "it speaks gRPC there; give the endpoint with the port for OTLP over HTTP, which is 4318 as a rule"
    assert f"not delivered: cannot reach https://127.0.0.1:{port}/v1/traces ({told})\n" in capsys.readouterr().out


def test_plain_http_to_a_port_of_tls_is_told_to_say_https(secure_receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """Such a port of Python hangs up."""
    url = secure_receiver.url.replace("https:", "http:")
    assert main(["doctor", "--endpoint", url, "--timeout", "2"]) == 1
    told = "it speaks TLS there; give the endpoint with https://"
    assert f"not delivered: cannot reach {url}/v1/traces ({told})\n" in capsys.readouterr().out


def test_plain_http_that_a_port_of_tls_answers_is_told_to_say_https(authority: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of nginx and Go answer 400, with a page or a line."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.parent / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        answering = threading.Thread(target=_refuse_plain_http, args=(listening, tls))
        answering.start()
        assert main(["doctor", "--endpoint", url, "--timeout", "2"]) == 1
        listening.shutdown(socket.SHUT_RDWR)
        answering.join()
    told = f"{url}/v1/traces answered 400; it speaks TLS there; give the endpoint with https://"
    assert f"not delivered: {told}\n" in capsys.readouterr().out


def _refuse_plain_http(listening: socket.socket, tls: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # a greeting in TLS
                    tls.wrap_socket(connection, server_side=True).close()
                else:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.")


@pytest.mark.parametrize(
    ("issued", "told"),
    [
        (
            ("127.0.0.1", _LONG_AGO),
            "certificate has expired; have the collector's certificate renewed, or set the clock of this machine",
        ),
        (("127.0.0.2", None), "certificate is not valid for '127.0.0.1'; give the endpoint by a name that its certificate holds"),
    ],
    ids=["expired", "of another machine"],
)
def test_certificate_that_does_not_fit_is_told_with_its_own_remedy(
    issued: tuple[str, datetime.datetime | None],
    told: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = trustme.CA()
    name, until = issued
    found.issue_cert(name, not_after=until).private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    found.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    with otlp_receiver.running(tls) as running:
        assert main(["doctor", "--endpoint", running.url, "--timeout", "1"]) == 1
    out = capsys.readouterr().out
    assert f"{told})\n" in out
    assert "OTEL_EXPORTER_OTLP_CERTIFICATE" not in out


def test_file_of_authorities_without_any_is_named(
    secure_receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", __file__)
    assert main(["doctor", "--endpoint", secure_receiver.url, "--timeout", "1"]) == 1
    told = "(the file of authorities, by OTEL_EXPORTER_OTLP_CERTIFICATE perhaps, holds no certificate)\n"
    assert told in capsys.readouterr().out


def test_spans_go_through_the_proxy_that_is_named(
    secure_receiver: Receiver, authority: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert send_span_and_score(secure_receiver.url)
    assert secure_receiver.span("step").name == "step"
    assert set(proxy.tunnels) == {secure_receiver.url.removeprefix("https://")}


def test_hosts_that_need_no_proxy_are_reached_without(
    secure_receiver: Receiver, authority: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert send_span_and_score(secure_receiver.url)
    assert secure_receiver.span("step").name == "step"
    assert proxy.tunnels == []


def test_proxy_that_refuses_is_named_as_what_stands_in_the_way(
    secure_receiver: Receiver, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.refuses = True
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert main(["doctor", "--endpoint", secure_receiver.url, "--timeout", "1"]) == 1
    assert "the proxy that HTTP_PROXY or HTTPS_PROXY names did not let it through" in capsys.readouterr().out
