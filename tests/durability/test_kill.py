"""Acknowledged means stored, once: whatever is acknowledged is there after the process was killed at any moment."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.durability.process import Process
from tests.otlp.messages import NOON_NS, SECOND_NS, span, traces
from tests.source import ROOT

SPANS = 100_000
BATCH = 500
KILLS = 20
SENDERS = 4
# A round is a start (some seconds), a moment of load, and the kill.
LIMIT_S = 400
USAGE = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 3,
}


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "data")
    started.start()
    yield started
    started.kill()


class Load:
    """Sends batches until each is acknowledged, through any number of restarts, as an exporter does that never gives up."""

    def __init__(self, process: Process, *, seed: int) -> None:
        self._process = process
        self._random = random.Random(seed)
        self._left = list(range(SPANS // BATCH))
        self._lock = threading.Lock()
        self.acknowledged = 0
        self.retries = 0

    def send(self) -> None:
        """Sends what is left, together with other threads that do the same."""
        while (number := self._next()) is not None:
            body = self._batch(number)
            while not self._post(body):
                self.retries += 1
                time.sleep(0.05)
            with self._lock:
                self.acknowledged += BATCH

    def _next(self) -> int | None:
        with self._lock:
            return self._left.pop() if self._left else None

    def _batch(self, number: int) -> bytes:
        """The same batch for the same number, spread over some minutes; every twentieth holds a value of the slower lane."""
        own = random.Random(number)
        given = {**USAGE, "deep": [[["x"]]]} if number % 20 == 0 else USAGE
        spans = (
            span(
                "call",
                given,
                trace_id=own.randbytes(16),
                span_id=own.randbytes(8),
                start_time_unix_nano=start,
                end_time_unix_nano=start + 5,
            )
            for start in (NOON_NS + own.randrange(600) * SECOND_NS for _ in range(BATCH))
        )
        return traces(*spans).SerializeToString()

    def _post(self, body: bytes) -> bool:
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            return (
                httpx2.post(f"{self._process.http_url}/v1/traces", content=body, headers=headers, timeout=10).status_code == 200
            )
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return False


@pytest.mark.net
@pytest.mark.timeout(LIMIT_S)
def test_nothing_acknowledged_is_lost_or_doubled_by_twenty_kills(process: Process, tmp_path: Path) -> None:
    moments = random.Random(20)
    sending = Load(process, seed=1)
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(sending.send) for _ in range(SENDERS)]
        for kill in range(1, KILLS + 1):
            # The load reaches this share before the next kill, so that the last one comes before its end.
            while sending.acknowledged < SPANS * (kill - 1) / KILLS:
                time.sleep(0.005)
            time.sleep(moments.random() * 0.5)
            process.kill()
            process.start()
        for sender in senders:
            sender.result()
    _wait_until_stored(process)
    process.stop()
    found = counted(tmp_path / "data")
    assert {name: found[name] for name in ("rows", "ids", "rolled_up")} == {"rows": SPANS, "ids": SPANS, "rolled_up": SPANS}
    assert found["tokens"] == found["rolled_up_tokens"] == 7 * SPANS
    assert found["cost_usd"] == found["rolled_up_cost_usd"]
    assert list((tmp_path / "data" / "journal").rglob("*.*")) == []


def _wait_until_stored(process: Process) -> None:
    """What is acknowledged may wait in the journal; how long depends on the machine, and a stop gives it 20 s only."""
    while True:
        lines = httpx2.get(f"{process.http_url}/metrics", timeout=30).text.splitlines()
        waiting = [float(line.rpartition(" ")[2]) for line in lines if line.startswith("spanhouse_journal_bytes{")]
        if waiting and not any(waiting):
            return
        time.sleep(0.2)


def counted(data: Path) -> dict[str, Any]:
    """The counts of tests/otlp/sql/agreement.sql, read by a process of its own: the engine here has another path open."""
    command = [sys.executable, "-m", "tests.durability.count_spans", str(data)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout))
