"""`spanhouse serve` as a process of its own, and its HTTP API as a client sees it. Must not know what a test sends.

A process of its own also because FastAPI traces itself when its process has a tracer provider: with the SDK beside it, each
export would make a span that is exported.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2

_STOP_TIMEOUT_S = 15
_VISIBLE_TIMEOUT_S = 15
_POLL_S = 0.1
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A server that accepts spans; `url` is where OTLP, API and console are, `grpc` (host:port) where OTLP over gRPC is."""

    url: str
    grpc: str

    def trace(self, trace_id: str, *, spans: int) -> list[dict[str, Any]]:
        """The stored spans of a trace, oldest first, once there are at least `spans` of them.

        Returns what there is if that takes longer than a busy machine explains.
        """
        end_s = time.monotonic() + _VISIBLE_TIMEOUT_S
        while True:
            found = self._spans(trace_id)
            if len(found) >= spans or time.monotonic() > end_s:
                return found
            time.sleep(_POLL_S)

    def _spans(self, trace_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            reply = httpx2.get(f"{self.url}/api/v1/traces/{trace_id}", params={"cursor": cursor, "limit": _PAGE})
            if reply.status_code == HTTPStatus.NOT_FOUND:
                return found
            page = reply.raise_for_status().json()
            found += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return found


@contextmanager
def running_server(data: Path) -> Iterator[ServerProcess]:
    """The server on free ports, ready; at the end it is stopped as an operator would, and must end well."""
    command = [sys.executable, "-m", "spanhouse_server", "serve", "--data", str(data / "data")]
    command += ["--http-port", "0", "--grpc-port", "0", "--clickhouse-port", "0"]
    # It finds what this process finds, also where the packages are not installed but on a path relative to the repository.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    log = data / "server.log"
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(command, cwd=data, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            yield _announced(process, log)
        finally:
            process.terminate()
            process.wait(_STOP_TIMEOUT_S)
    assert process.returncode == 0, f"the server ended with {process.returncode}: {_end_of(log)}"


def _announced(process: subprocess.Popen[str], log: Path) -> ServerProcess:
    """The addresses that the server prints when it is ready."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/v1/traces.*OTLP/gRPC +(\S+)", printed, re.DOTALL):
            return ServerProcess(url=found.group(1), grpc=found.group(2))
    raise RuntimeError(f"the server ended before it was ready: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-2000:]
