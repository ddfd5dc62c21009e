"""A store that refuses, hangs or answers errors costs nothing that was acknowledged, and is taken up again by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanhouse_collector.errors import QueryRejected, StoreUnavailable
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.decoding import Following
from spanhouse_server.settings import Settings
from tests.otlp.messages import span, traces
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.timeout(60)]

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture
def server(engine_url: str, database: str, tmp_path: Path) -> Iterator[Server]:
    settings = Settings(
        data=tmp_path / "data",
        store=engine_url,
        database=database,
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector",
    )
    with running(settings) as server:
        yield server
        server.service.store().raw(f"DROP DATABASE `{database}` SYNC", output_format="Null")


class Fault:
    """What writing a batch meets until it is over."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.met = threading.Event()
        self.over = threading.Event()

    def around(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(writer: BatchWriter, path: Path, *, following: Following | None = None) -> Any:
            if not self.over.is_set():
                self.met.set()
                if self._kind == "refuses":
                    raise StoreUnavailable("connection refused")
                if self._kind == "answers errors":
                    raise QueryRejected("Code: 241. Memory limit exceeded", code=241)
                self.over.wait()
            return write(writer, path, following=following)

        return faulty


@pytest.mark.parametrize("kind", ["refuses", "hangs", "answers errors"])
def test_what_was_acknowledged_waits_for_the_store(server: Server, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    fault = Fault(kind)
    monkeypatch.setattr(BatchWriter, "write", fault.around(BatchWriter.write))
    with httpx2.Client(base_url=server.http_url, timeout=15, headers=PROTOBUF) as client:
        try:
            for number in range(20):
                body = traces(*(span(f"{number}") for _ in range(10))).SerializeToString()
                assert client.post("/v1/traces", content=body).status_code == 200
            assert fault.met.wait(15)
            assert client.get("/readyz").status_code == 200
            assert client.get("/api/v1/spans").json()["items"] == []
            waiting = [line for line in client.get("/metrics").text.splitlines() if line.startswith("spanhouse_journal_items{")]
            assert sum(float(line.rpartition(" ")[2]) for line in waiting) == 200
        finally:
            fault.over.set()
        server.settled()
        assert len(client.get("/api/v1/spans", params={"limit": "1000"}).json()["items"]) == 200
    assert server.service.store().raw("SELECT count() FROM dead_letters", output_format="TSV") == b"0\n"


class _Failing(BaseHTTPRequestHandler):
    """A proxy whose ClickHouse server is starting up, or out of order."""

    def do_POST(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        self.send_response(502)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


class _FailingServer(ThreadingHTTPServer):
    asked = 0


def test_a_store_that_answers_errors_from_the_start_is_waited_for_and_named(tmp_path: Path) -> None:
    with _FailingServer(("127.0.0.1", 0), _Failing) as failing:
        thread = threading.Thread(target=failing.serve_forever)
        thread.start()
        settings = Settings(
            data=tmp_path, store=f"http://127.0.0.1:{failing.server_port}", http_port=0, grpc_port=0, clickhouse_port=0
        )
        try:
            with running(settings, wait_until_ready=False) as server:
                empty = httpx2.post(f"{server.http_url}/v1/traces", content=b"", headers=PROTOBUF)
                refused = httpx2.post(
                    f"{server.http_url}/v1/traces", content=traces(span()).SerializeToString(), headers=PROTOBUF
                )
                ready = _reason(server)
                asked = failing.asked
                while failing.asked < asked + 2:
                    time.sleep(0.05)
        finally:
            failing.shutdown()
            thread.join()
    assert (empty.status_code, refused.status_code) == (200, 503)
    assert ready == f"the store at http://127.0.0.1:{failing.server_port} cannot be reached: HTTP driver received HTTP status 502"


def _reason(server: Server) -> str:
    """What /readyz says once it says more than that the store is being opened."""
    while True:
        reason = str(httpx2.get(f"{server.http_url}/readyz").json()["reason"])
        if reason != "the store is being opened":
            return reason
        time.sleep(0.05)


def test_a_journal_that_cannot_be_opened_is_named_and_tried_again(engine_url: str, database: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    in_the_way = journal / "logs"
    in_the_way.write_bytes(b"")
    settings = Settings(
        data=tmp_path, store=engine_url, database=database, http_port=0, grpc_port=0, clickhouse_port=0, role="collector"
    )
    with running(settings, wait_until_ready=False) as server:
        reason = _reason(server)
        assert "the journal cannot be opened" in reason
        assert str(in_the_way) in reason
        in_the_way.unlink()
        while httpx2.get(f"{server.http_url}/readyz").status_code != 200:
            time.sleep(0.05)
        body = traces(span()).SerializeToString()
        assert httpx2.post(f"{server.http_url}/v1/traces", content=body, headers=PROTOBUF).status_code == 200
        server.settled().raw(f"DROP DATABASE `{database}` SYNC", output_format="Null")
