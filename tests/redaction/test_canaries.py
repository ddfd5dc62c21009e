"""A thousand made-up secrets, one in each place and each way of writing: none of them reaches a file."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import grpc
import httpx2
import pytest
import re2

from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.decoding import Following
from spanhouse_collector.settings import MIB
from spanhouse_server.settings import Settings
from tests.collector.redaction.samples import KINDS, core
from tests.collector.redaction.test_findings import WRITINGS
from tests.otlp.messages import span, traces
from tests.redaction.places import PLACES, scope_and_schema
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.timeout(120)]

CANARIES = 1000
_LONGEST_HOLD_S = 100.0
_SERVICES = {"traces": "trace.v1.TraceService", "logs": "logs.v1.LogsService", "metrics": "metrics.v1.MetricsService"}


@pytest.fixture
def server(engine_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server with a journal of its own that masks everything it knows."""
    rules = tmp_path / "redaction.yaml"
    rules.write_text("detectors: [secrets, personal]\n", encoding="utf-8")
    settings = Settings(
        data=tmp_path / "data",
        store=engine_url,
        database="canaries",
        redaction=str(rules),
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector",
    )
    with running(settings) as server:
        yield server
        server.service.store().raw("DROP DATABASE canaries SYNC", output_format="Null")


@contextmanager
def held(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store takes nothing while the block lasts, so that what was acknowledged lies in the journal.

    Writing waits, because whoever is refused tries again after pauses that outlast the block.
    """
    released = threading.Event()
    write = BatchWriter.write

    def hold(writer: BatchWriter, path: Path, *, following: Following | None = None) -> object:
        assert released.wait(_LONGEST_HOLD_S)
        return write(writer, path, following=following)

    patch.setattr(BatchWriter, "write", hold)
    try:
        yield
    finally:
        released.set()


def planted(seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Signal, core of the canary, and the request that carries it."""
    chosen = random.Random(seed)
    # Their numbers (37, 14, 14) would pair the same kinds and writings for ever, so the writings are drawn.
    for (signal, place), kind in zip(cycle(PLACES.values()), cycle(KINDS), strict=False):
        canary = KINDS[kind](chosen)
        writing = chosen.choice(list(WRITINGS.values()))
        yield signal, core(canary), scope_and_schema(place(writing(canary)), canary).SerializeToString()


def send(server: Server, seed: int) -> list[str]:
    """Sends every canary, over HTTP and gRPC in turn; gives their cores."""
    cores = []
    with httpx2.Client(base_url=server.http_url) as client, grpc.insecure_channel(server.grpc_address) as channel:
        for number, (signal, canary, body) in enumerate(islice(planted(seed), CANARIES)):
            cores.append(canary)
            if number % 3:
                answer = client.post(f"/v1/{signal}", content=body, headers={"content-type": "application/x-protobuf"})
                assert answer.status_code == 200, answer.text
            else:
                export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
                    f"/opentelemetry.proto.collector.{_SERVICES[signal]}/Export"
                )
                export(body)
    return cores


def finder(cores: list[str]) -> Callable[[bytes], list[bytes]]:
    """Finds them all in one pass; one after the other takes seconds over what a thousand requests left."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 512 * MIB
    found: Callable[[bytes], list[bytes]] = re2.compile("|".join(map(re2.escape, cores)).encode(), options).findall
    return found


def files_with(cores: list[str], *folders: Path, since_s: float = 0.0) -> set[str]:
    """The files in folders, changed since a Unix time, that hold a canary."""
    canaries_in = finder(cores)
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime >= since_s)
    return {str(path) for path in files if canaries_in(path.read_bytes())}


def test_no_canary_is_in_any_file(
    server: Server, tmp_path: Path, engine_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    begun_s = time.time()
    with held(monkeypatch):
        cores = send(server, seed=1)
        journal = tmp_path / "data" / "journal"
        assert sum(path.stat().st_size for path in journal.rglob("*.frames")) > 100 * CANARIES
        assert files_with(cores, tmp_path / "data") == set()
    store = server.settled()
    stored = b"".join(
        store.raw(f"SELECT * FROM `{table}`", output_format="JSONEachRow")  # noqa: S608 - every table there is
        for table in store.raw("SHOW TABLES", output_format="TSV").decode().split()
    )
    assert stored.count(b"[redacted:") > CANARIES
    assert finder(cores)(stored) == []
    # The engine is shared with other tests, and has other files too.
    assert files_with(cores, tmp_path / "data", Path(engine_url.removeprefix("chdb://")), since_s=begun_s) == set()
    assert finder(cores)(caplog.text.encode()) == []


def test_a_score_over_the_api_is_redacted_and_finds_a_session_by_its_mark(server: Server) -> None:
    session = "bob@example.com"
    with httpx2.Client(base_url=server.http_url) as client:
        body = traces(span(given={"session.id": session})).SerializeToString()
        client.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf"}).raise_for_status()
        server.settled()
        said = {"name": "tone", "label": "by 192.0.2.7", "explanation": json.dumps({"to": "amy@example.com"})}
        for author in ("amy@example.com", "joe@example.com"):
            answer = client.post("/api/v1/scores", json={**said, "value": 1.0, "session_id": session, "author": author})
            assert answer.status_code == 201, answer.text
        scores = client.get("/api/v1/scores").json()["items"]
        figures = client.get("/metrics").text
    assert [(one["label"], one["explanation"], one["session_id"]) for one in scores] == [
        ("by [redacted:ip]", '{"to": "[redacted:email]"}', "[redacted:email]")
    ] * 2
    assert 'spanhouse_values_redacted_total{rule="ip"} 2.0' in figures


def test_what_no_field_of_ours_holds_is_redacted_too(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown fields, and a field given twice, of which the last counts."""
    unknown = b"\xfa\x3e\x0fbob@example.com"
    twice = b"\x2a\x0fbob@example.com"
    forged = twice + span("chat").SerializeToString() + unknown
    scope = b"\x12" + _varint(len(forged)) + forged
    resource = b"\x12" + _varint(len(scope)) + scope
    body = b"\x0a" + _varint(len(resource)) + resource
    with held(monkeypatch):
        headers = {"content-type": "application/x-protobuf"}
        httpx2.post(f"{server.http_url}/v1/traces", content=body, headers=headers).raise_for_status()
        assert files_with(["bob@example.com"], tmp_path / "data") == set()
    server.settled()


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 0x7F | 0x80, value >> 7])
