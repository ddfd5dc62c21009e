"""Load on a server: senders that go as fast as they are answered or keep to a pace, and the wait until the store has it all."""

from __future__ import annotations

import http.client
import math
import statistics
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from tests.bench.payload import Body
from tests.bench.server import Server

_STRETCHES = 20
_LOOK_S = 0.2
_ACCEPTED, _STORED = "spanhouse_items_accepted_total", "spanhouse_items_stored_total"


class Sender:
    """Sends traces under one key over one connection; for one thread."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self._headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {server.key}"}

    def send(self, body: bytes) -> None:
        """Returns when the request is acknowledged; waits where the server asks for it."""
        while True:
            self._connection.request("POST", "/v1/traces", body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
            if answer.status == 200:
                return
            if answer.status not in (429, 503):
                raise RuntimeError(f"the server answered {answer.status}")
            time.sleep(1)


def send(server: Server, bodies: Sequence[Body], *, connections: int, requests: int, spans_per_s: float | None = None) -> float:
    """Sends so many requests; returns the seconds until the last acknowledgement. `spans_per_s` is the pace of all together."""
    numbers: Iterator[int] = iter(range(requests))
    lock = threading.Lock()
    began = time.monotonic()

    def run() -> None:
        sender = Sender(server)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            body = bodies[number % len(bodies)]
            if spans_per_s is not None:
                time.sleep(max(0.0, began + number * body.spans / spans_per_s - time.monotonic()))
            with lock:
                data = body.renewed(number)
            sender.send(data)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def wait_until_stored(server: Server, *, poll_s: float = 0.2) -> float:
    """Waits until the store has what is acknowledged by now, whoever sent it; returns the seconds.

    Every look costs the server CPU that belongs to no span (17 ms on a busy machine), so there are few of them.
    """
    began = time.monotonic()
    wanted = server.metric(_ACCEPTED)
    while server.metric(_STORED) < wanted:
        time.sleep(poll_s)
    return time.monotonic() - began


class Watch:
    """Looks at a server from a thread of its own until it is stopped: delays until stored (s) and memory (MB), with times.

    What is acknowledged is marked at every look, also while what was marked before is still awaited, so that a slow stretch
    counts for as long as it lasts.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.delays_s: list[float] = []
        self.memory: list[tuple[float, float]] = []
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        self._thread.join()

    def slope_mb_per_minute(self) -> tuple[float, float]:
        """How memory grows over the second half of the time, and the standard error of that.

        Neighbouring looks see the same merge, so the line is drawn through means of twenty stretches.
        """
        half = self.memory[len(self.memory) // 2 :]
        blocks: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for at, mb in half:
            blocks[int(_STRETCHES * (at - half[0][0]) / (half[-1][0] - half[0][0] + 1))].append((at / 60, mb))
        minutes, mbs = zip(*(map(statistics.fmean, zip(*block, strict=True)) for block in blocks.values()), strict=True)
        slope, intercept = statistics.linear_regression(minutes, mbs)
        left = sum((mb - intercept - slope * minute) ** 2 for minute, mb in zip(minutes, mbs, strict=True))
        spread = sum((minute - statistics.fmean(minutes)) ** 2 for minute in minutes)
        return slope, math.sqrt(left / max(1, len(minutes) - 2) / spread)

    def _run(self) -> None:
        waiting = deque[tuple[float, float]]()
        while not self._stopping.wait(_LOOK_S):
            now_s, accepted, stored = time.monotonic(), *self._server.metrics(_ACCEPTED, _STORED)
            self.memory.append((now_s, self._server.memory_mb()))
            waiting.append((now_s, accepted))
            while waiting and waiting[0][1] <= stored:
                self.delays_s.append(now_s - waiting.popleft()[0])


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, of the values themselves."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
