"""A full disk: ingest stops cleanly, reading goes on, and ingest resumes by itself.

No file of the process may grow: each write fails as on a full disk, which needs no disk of the test's own and no privilege.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.durability.process import Process
from tests.otlp.messages import span, traces

pytestmark = [pytest.mark.net, pytest.mark.timeout(120)]

_PATIENCE_S = 60.0


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "data")
    started.start()
    yield started
    started.kill()


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No file that the process writes to may grow."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def stored(client: httpx2.Client) -> int:
    """How many spans are read back."""
    return len(client.get("/api/v1/spans", params={"limit": "1000"}).raise_for_status().json()["items"])


def wait_for(client: httpx2.Client, spans: int) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while stored(client) < spans and time.monotonic() < end_s:
        time.sleep(0.1)
    assert stored(client) == spans


def test_ingest_stops_with_503_reading_goes_on_and_ingest_resumes(process: Process) -> None:
    headers = {"content-type": "application/x-protobuf"}
    with httpx2.Client(base_url=process.http_url, timeout=30) as client:

        def send(name: str) -> httpx2.Response:
            now_ns = time.time_ns()
            one = span(name, start_time_unix_nano=now_ns, end_time_unix_nano=now_ns)
            return client.post("/v1/traces", content=traces(one).SerializeToString(), headers=headers)

        assert [send(f"before {number}").status_code for number in range(5)] == [200] * 5
        wait_for(client, 5)
        with full_disk(process.pid):
            for number in range(20):
                refused = send(f"during {number}")
                assert refused.status_code == 503, refused.text
                assert 1 <= int(refused.headers["retry-after"]) <= 5
                assert b"the journal cannot be written" in refused.content
                assert stored(client) == 5
            assert client.get("/livez").status_code == 200
        assert [send(f"after {number}").status_code for number in range(5)] == [200] * 5
        wait_for(client, 10)
    process.stop()
