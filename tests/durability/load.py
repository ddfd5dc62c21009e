"""Load that never gives up, and what came of it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from tests.durability.process import Process
from tests.otlp.messages import NOON_NS, SECOND_NS, span, traces
from tests.source import ROOT

BATCH = 100
SENDERS = 4
# Between two batches of a sender, so that the load lasts as long as the test does, and stays small.
PAUSE_S = 0.02
USAGE = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 3,
}


@contextmanager
def under_load(process: Process) -> Iterator[Load]:
    """Several senders to the process; when it ends, what they began is acknowledged."""
    sending = Load(process, seed=1)
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(sending.send) for _ in range(SENDERS)]
        try:
            yield sending
        finally:
            sending.stopping.set()
        for sender in senders:
            sender.result()
    sending.close()


class Load:
    """Sends batches until each is acknowledged, through any number of restarts, as an exporter does that never gives up."""

    def __init__(self, process: Process, *, seed: int) -> None:
        self._process = process
        self._numbers = count(seed)
        self._lock = threading.Lock()
        # One for all: making one takes more time than a request.
        self._client = httpx2.Client(timeout=10)
        self.stopping = threading.Event()
        self.acknowledged = 0
        self.retries = 0

    def send(self) -> None:
        """Sends until told to stop, together with other threads that do the same; a batch that was begun is always finished."""
        while not self.stopping.wait(PAUSE_S):
            body = self._batch(self._next())
            while not self._post(body):
                self.retries += 1
                time.sleep(0.05)
            with self._lock:
                self.acknowledged += BATCH

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def _next(self) -> int:
        with self._lock:
            return next(self._numbers)

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
            return self._client.post(f"{self._process.http_url}/v1/traces", content=body, headers=headers).status_code == 200
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return False


def wait_until_stored(process: Process) -> None:
    """What is acknowledged may wait in the journal; how long depends on the machine, and a stop gives it 20 s only."""
    while True:
        lines = httpx2.get(f"{process.http_url}/metrics", timeout=30).text.splitlines()
        waiting = [float(line.rpartition(" ")[2]) for line in lines if line.startswith("spanhouse_journal_bytes{")]
        if waiting and not any(waiting):
            return
        time.sleep(0.2)


def assert_stored_once(data: Path, spans: int) -> None:
    """Asserts that a stopped service has so many spans, each once, and counts them so in its rollup."""
    found = counted(data)
    assert {name: found[name] for name in ("rows", "ids", "rolled_up")} == {"rows": spans, "ids": spans, "rolled_up": spans}, (
        found
    )
    assert found["tokens"] == found["rolled_up_tokens"] == 7 * spans, found
    assert found["cost_usd"] == found["rolled_up_cost_usd"], found


def counted(data: Path) -> dict[str, Any]:
    """The counts of tests/otlp/sql/agreement.sql, read by a process of its own: the engine here has another path open."""
    command = [sys.executable, "-m", "tests.durability.count_spans", str(data)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout))
