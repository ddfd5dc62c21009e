"""The service as a process of its own, to be killed and started again over one data folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_READY_S = 150.0
_STOP_S = 60.0


class Process:
    """`spanhouse serve` over a data folder, on free ports, with further options; `start` returns when it is ready."""

    def __init__(self, data: Path, *options: str) -> None:
        self._data = data
        self._options = options
        self.log = data.with_suffix(".log")
        self._process: subprocess.Popen[str] | None = None
        self.http_url = ""
        self.grpc_address = ""

    def start(self) -> None:
        """Starts it and waits until it accepts spans."""
        command = [sys.executable, "-m", "spanhouse_server", "serve", "--data", str(self._data)]
        command += ["--http-port", "0", "--grpc-port", "0", "--clickhouse-port", "0", *self._options]
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        watchdog = threading.Timer(_READY_S, self._process.kill)
        watchdog.start()
        try:
            self._read_addresses()
        finally:
            watchdog.cancel()

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Ends it without any warning."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Holds all its threads where they are, once the system is done with what they asked for; only `kill` may follow."""
        os.kill(self.pid, signal.SIGSTOP)
        while any(
            stat.read_text().rpartition(")")[2].split()[0] != "T" for stat in Path(f"/proc/{self.pid}/task").glob("*/stat")
        ):
            time.sleep(0.001)

    def is_over(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """Ends it as a supervisor does; asserts that it goes quietly."""
        assert self._end(signal.SIGTERM) == 0

    def _read_addresses(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.http_url = self.grpc_address = ""
        for line in self._process.stdout:
            if found := re.search(r"(?:OTLP/HTTP|health)\s+(http://[^/\s]+)/", line):
                self.http_url = found[1]
            if found := re.search(r"OTLP/gRPC\s+(\S+)", line):
                self.grpc_address = found[1]
            # A process without a collector gives its health alone.
            if self.http_url and (self.grpc_address or "health" in line):
                return
        raise AssertionError(f"the service did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        code = process.wait(_STOP_S)
        assert process.stdout is not None
        process.stdout.close()
        return code
