"""A server under measurement: a process of its own, its start, its memory and its CPU time."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SETTLE_S, _SETTLE_AT_MOST_S, _IDLE_SHARE = 2.0, 60.0, 0.1
#: A file of evaluators in which none is configured and nothing is judged while a bench runs.
NO_EVALUATORS = "[quality]\ninterval_s = 86400\n[latency]\ninterval_s = 86400\n[drift]\ninterval_s = 86400\n"


def settle(cpu_s: Callable[[], float]) -> None:
    """Waits until a process, whose CPU time is given, takes less than a tenth of a CPU for two seconds; a minute at most."""
    end_s = time.monotonic() + _SETTLE_AT_MOST_S
    before_s = cpu_s()
    while time.monotonic() < end_s:
        time.sleep(_SETTLE_S)
        spent_s = cpu_s() - before_s
        if spent_s < _IDLE_SHARE * _SETTLE_S:
            return
        before_s += spent_s


class Server:
    """`spanhouse serve` on free ports over a data folder; `ready_s` is the time from start to ready."""

    def __init__(self, data: Path, *options: str) -> None:
        self.key = _admin_key(data)
        started = time.monotonic()
        command = [sys.executable, "-m", "spanhouse_server", "serve", "--data", str(data), "--http-port", "0", "--grpc-port", "0"]
        self.process = subprocess.Popen([*command, "--clickhouse-port", "0", *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        self.ready_s = time.monotonic() - started
        # Console, OTLP/HTTP, OTLP/gRPC, ClickHouse.
        lines = [self.process.stdout.readline() for _ in range(4)]
        console, clickhouse = (re.search(r"http://127\.0\.0\.1:(\d+)/", lines[place]) for place in (0, 3))
        if not console or not clickhouse:
            raise RuntimeError(f"the server did not say where it is: {first}{''.join(lines)}")
        self.port, self.clickhouse_port = int(console.group(1)), int(clickhouse.group(1))

    def cpu_s(self) -> float:
        """CPU time of the process so far, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def settle(self) -> None:
        """Waits until there is nothing left to do."""
        settle(self.cpu_s)

    def memory_mb(self) -> float:
        """Resident memory now, in MB (10^6 bytes)."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6

    def peak_memory_mb(self) -> float:
        """Most resident memory so far, in MB (10^6 bytes)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 / 1e6 if found else float("nan")

    def get(self, path: str) -> Any:
        """A JSON answer of the API."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return json.load(answer)

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        return self.metrics(name)[0]

    def metrics(self, *names: str) -> tuple[float, ...]:
        """The sums of metrics over their labels, all of one moment."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return tuple(sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}(\{{|\s)", line)) for name in names)

    def stop(self) -> int:
        """Ends the server and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def _admin_key(data: Path) -> str:
    """A key that may do everything in the default project."""
    command = [sys.executable, "-m", "spanhouse_server", "keys", "create", "--data", str(data), "--scope", "admin"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
