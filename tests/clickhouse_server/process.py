"""The server as a process that tests start, kill and start again over one data folder. Must not know what is asked of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

_READY_S = 60.0


class ClickHouseProcess:
    """A server on a port of its own, the same whenever it is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.with_suffix(".log")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "-m", "tests.clickhouse_server", str(self._folder), str(self._port)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        end_s = time.monotonic() + _READY_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text(encoding="utf-8")[-2000:]
            assert time.monotonic() < end_s, "the ClickHouse server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it without any warning. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def freeze(self) -> None:
        """It keeps its connections and says nothing more, until it is `thawed`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/ping", timeout=5).text == "Ok.\n"
        except httpx2.HTTPError:
            return False
