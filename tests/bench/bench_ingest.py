"""Ingest: start, idle memory, stored spans per second, CPU beside the engine's floor, and the delay until a span is visible.

Load generator and server share the machine. The floor is the same rows, already decoded and priced, moved from a Memory
table into the same tables by the same engine with one thread, merges included, in the same run.
"""

from __future__ import annotations

import http.client
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import floor
from tests.bench.payload import Body
from tests.bench.report import Report
from tests.bench.server import Server

_REQUESTS = int(os.environ.get("REQUESTS", "200"))
_ROUNDS = int(os.environ.get("ROUNDS", "5"))
_HEADERS = {"Content-Type": "application/x-protobuf"}


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("ingest")
    with tempfile.TemporaryDirectory() as folder:
        _start(report, Path(folder))
        for connections in (1, 16):
            _load(report, Path(folder), connections)
        floors = [floor.cpu_s_per_span() for _ in range(_ROUNDS)]
        report.add("engine's floor, CPU s per 100,000 spans", statistics.median(floors) * 1e5)
    report.write()


def _start(report: Report, folder: Path) -> None:
    ready, idle, delays = [], [], []
    for number in range(_ROUNDS):
        server = Server(folder / f"start{number}")
        time.sleep(2)
        ready.append(server.ready_s)
        idle.append(server.memory_mb())
        delays += [_visible_s(server, seed) for seed in range(5)]
        server.stop()
    report.add("start to ready, s", statistics.median(ready))
    report.add("idle memory, MB", statistics.median(idle))
    report.add("visible delay when idle, median, s", statistics.median(delays))
    report.add("visible delay when idle, largest, s", max(delays))


def _visible_s(server: Server, seed: int) -> float:
    """Seconds from the acknowledgement of a request to its spans being in the API."""
    body = Body(1_000 + seed).renewed(seed)
    _post(http.client.HTTPConnection("127.0.0.1", server.port), body)
    acknowledged = time.monotonic()
    wanted = server.metric("spanhouse_items_accepted_total")
    while server.metric("spanhouse_items_stored_total") < wanted:
        time.sleep(0.01)
    return time.monotonic() - acknowledged


def _load(report: Report, folder: Path, connections: int) -> None:
    rates, costs, acknowledged, peaks = [], [], [], []
    for number in range(_ROUNDS):
        server = Server(folder / f"load{connections}-{number}")
        before_s, began = server.cpu_s(), time.monotonic()
        ack_s = _send(server, connections)
        wanted = server.metric("spanhouse_items_accepted_total")
        while server.metric("spanhouse_items_stored_total") < wanted:
            time.sleep(0.02)
        rates.append(wanted / (time.monotonic() - began))
        acknowledged.append(wanted / ack_s)
        # Merges and the rollup go on for some seconds; they belong to the price.
        time.sleep(6)
        costs.append((server.cpu_s() - before_s) / wanted * 1e5)
        peaks.append(server.peak_memory_mb())
        server.stop()
    name = f"{connections} connection{'s' if connections > 1 else ''}"
    report.add(f"{name}: acknowledged spans/s", statistics.median(acknowledged))
    report.add(f"{name}: stored spans/s", statistics.median(rates))
    report.add(f"{name}: server CPU s per 100,000 spans", statistics.median(costs))
    report.add(f"{name}: peak memory, MB", max(peaks))


def _send(server: Server, connections: int) -> float:
    """Sends all requests over so many connections; returns the seconds until the last acknowledgement."""
    bodies = [Body(seed) for seed in range(min(connections, 16))]
    numbers: Iterator[int] = iter(range(_REQUESTS))
    lock = threading.Lock()

    def run(body: Body) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            _post(connection, body.renewed(number))

    threads = [threading.Thread(target=run, args=(body,)) for body in bodies]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _post(connection: http.client.HTTPConnection, body: bytes) -> None:
    while True:
        connection.request("POST", "/v1/traces", body, _HEADERS)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            return
        if answer.status != 503:
            raise RuntimeError(f"the server answered {answer.status}")
        time.sleep(1)


if __name__ == "__main__":
    main()
