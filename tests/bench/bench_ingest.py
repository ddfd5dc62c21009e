"""Ingest: stored spans per second, CPU beside the engine's floor, delay until visible, memory, disk, and what idling costs.

Load generator and server share the machine; the floors are measured between the rounds. Keys, prices, rollups and all else
that touches a span are on; no evaluator is configured, because what judges spans afterwards is not ingest.
ROUNDS (5), REQUESTS of 512 spans in a round (400), and DURATION (600) in seconds and RATE (15,000) in spans a second of the
steady load come from the environment; PARTS=steady and the like what is run.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench import disk, floor
from tests.bench.load import Sender, Watch, p95, send, wait_until_stored
from tests.bench.payload import SPANS, Body
from tests.bench.report import Report
from tests.bench.server import NO_EVALUATORS, Server

_REQUESTS = int(os.environ.get("REQUESTS", "400"))
_ROUNDS = int(os.environ.get("ROUNDS", "5"))
_DURATION_S = int(os.environ.get("DURATION", "600"))
# What two shared cores are to sustain.
_FULL_LOAD_SPANS_PER_S = int(os.environ.get("RATE", "15000"))
_PARTS = os.environ.get("PARTS", "idle,trickle,loads,steady").split(",")
_TRICKLE_S = 20
# The jobs' first runs begin some seconds after the first span, and merges may begin some seconds after the last one.
_FIRST_RUNS_S = _MERGES_S = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One load, sent as fast as it is acknowledged."""

    acknowledged_per_s: float
    stored_per_s: float
    cpu_s_per_span: float
    peak_mb: float
    disk_per_otlp_byte: float


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("ingest")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "evaluators.toml").write_text(NO_EVALUATORS)
        for part_name, part in (("idle", _idle), ("trickle", _trickle), ("loads", _loads), ("steady", _steady)):
            if part_name in _PARTS:
                part(report, folder)
    report.write()


def _start(folder: Path, name: str) -> Server:
    return Server(folder / name, "--evaluators", str(folder / "evaluators.toml"))


def _idle(report: Report, folder: Path) -> None:
    ready, memory, delays = [], [], []
    for number in range(_ROUNDS):
        server = _start(folder, f"idle{number}")
        time.sleep(2)
        ready.append(server.ready_s)
        memory.append(server.memory_mb())
        sender = Sender(server)
        for seed in range(10):
            sender.send(Body(seed, spans=8).renewed(seed))
            delays.append(wait_until_stored(server, poll_s=0.01))
            # Requests that do not come in step with the inserter's own pauses.
            time.sleep(0.13 * (seed % 5))
        server.stop()
    report.add("start to ready, s", statistics.median(ready))
    report.add("idle memory, MB", statistics.median(memory))
    report.add("visible when idle, median, s", statistics.median(delays))
    report.add("visible when idle, p95, s", p95(delays), most=1)


def _trickle(report: Report, folder: Path) -> None:
    server = _start(folder, "trickle")
    body = Body(0, spans=8)
    Sender(server).send(body.renewed(0))
    server.settle()
    sender = Sender(server)
    before_s, began = server.cpu_s(), time.monotonic()
    for number in range(1, _TRICKLE_S + 1):
        sender.send(body.renewed(number))
        time.sleep(max(0.0, began + number - time.monotonic()))
    report.add("one request a second, % of one CPU", 100 * (server.cpu_s() - before_s) / (time.monotonic() - began))
    server.stop()


def _loads(report: Report, folder: Path) -> None:
    plain, mixed = ([Body(seed, mixed=is_mixed) for seed in range(32)] for is_mixed in (False, True))
    floors: list[float] = []
    costs = []
    rates = {}
    for name, bodies, connections in (("1 connection", plain, 1), ("16 connections", plain, 16), ("10 % mixed", mixed, 16)):
        rounds = []
        for number in range(_ROUNDS):
            rounds.append(_load(folder, f"{connections}{name[-5:]}{number}", bodies, connections))
            floors.append(floor.cpu_s_per_span())
        rates[name] = statistics.median(one.stored_per_s for one in rounds)
        report.add(f"{name}: acknowledged spans/s", statistics.median(one.acknowledged_per_s for one in rounds))
        report.add(f"{name}: stored spans/s", rates[name], least=None if bodies is mixed else 15_000)
        costs.append(statistics.median(one.cpu_s_per_span for one in rounds))
        report.add(f"{name}: server CPU s per 100,000 spans", costs[-1] * 1e5)
        report.add(f"{name}: peak memory, MB", max(one.peak_mb for one in rounds), most=1_200)
        report.add(f"{name}: disk bytes per OTLP byte", statistics.median(one.disk_per_otlp_byte for one in rounds), most=0.35)
    report.add("engine's floor, CPU s per 100,000 spans", statistics.median(floors) * 1e5)
    report.add("server CPU per floor, 1 connection", costs[0] / statistics.median(floors), most=2)
    report.add("server CPU per floor, 16 connections", costs[1] / statistics.median(floors), most=2)
    report.add("stored spans/s, mixed per plain", rates["10 % mixed"] / rates["16 connections"], least=0.6)


def _load(folder: Path, name: str, bodies: list[Body], connections: int) -> Round:
    server = _start(folder, name)
    # What only the first span causes, such as loading libraries and the first run of all jobs, is part of no span's price.
    Sender(server).send(bodies[0].renewed(1_000_000))
    time.sleep(_FIRST_RUNS_S)
    server.settle()
    before_s, began = server.cpu_s(), time.monotonic()
    acknowledged_s = send(server, bodies, connections=connections, requests=_REQUESTS)
    wait_until_stored(server)
    stored_s = time.monotonic() - began
    # Merges and the rollup go on for some seconds after the last insert; they belong to the price.
    time.sleep(_MERGES_S)
    server.settle()
    cpu_s, peak_mb = server.cpu_s() - before_s, server.peak_memory_mb()
    otlp_bytes = server.metric("spanhouse_bytes_accepted_total")
    server.stop()
    spans = _REQUESTS * SPANS
    return Round(
        acknowledged_per_s=spans / acknowledged_s,
        stored_per_s=spans / stored_s,
        cpu_s_per_span=cpu_s / spans,
        peak_mb=peak_mb,
        disk_per_otlp_byte=disk.stored_bytes(folder / name) / otlp_bytes,
    )


def _steady(report: Report, folder: Path) -> None:
    server = _start(folder, "steady")
    bodies = [Body(seed) for seed in range(32)]
    watch = Watch(server)
    requests = _FULL_LOAD_SPANS_PER_S * _DURATION_S // SPANS
    began = time.monotonic()
    send(server, bodies, connections=16, requests=requests, spans_per_s=_FULL_LOAD_SPANS_PER_S)
    wait_until_stored(server)
    rate = requests * SPANS / (time.monotonic() - began)
    watch.stop()
    name = f"{_DURATION_S} s of {_FULL_LOAD_SPANS_PER_S:,} spans/s"
    report.add(f"{name}: stored spans/s", rate)
    report.add(f"{name}: visible, median, s", statistics.median(watch.delays_s))
    report.add(f"{name}: visible, p95, s", p95(watch.delays_s), most=2)
    report.add(f"{name}: peak memory, MB", server.peak_memory_mb(), most=1_200)
    growth, error = watch.slope_mb_per_minute()
    report.add(f"{name}: memory growth in its second half, MB a minute", growth)
    report.add(f"{name}: standard error of the growth, MB a minute", error)
    report.add(f"{name}: growth in standard errors", growth / error, most=2)
    server.stop()


if __name__ == "__main__":
    main()
