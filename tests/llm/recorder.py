"""Stands between a client and the model's server: passes every call on, and remembers what the server said it took.

It is also a proxy for https that lets nothing through and remembers who asked. Must not know who calls it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

_TIMEOUT_S = 120


@dataclass(slots=True)
class Recorder:
    """`calls` holds each call's body and the usage that the server reported; `outside` the hosts that were asked for."""

    url: str
    calls: list[tuple[dict[str, Any], dict[str, int]]] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def tokens(self) -> tuple[int, int]:
        """What all calls took, in and out."""
        return sum(used["prompt_tokens"] for _, used in self.calls), sum(used["completion_tokens"] for _, used in self.calls)


@contextmanager
def recording(server: str) -> Iterator[Recorder]:
    """A recorder before the OpenAI-compatible `server`, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            address = server.removesuffix("/v1") + self.path
            reply = httpx2.post(address, content=body, headers={"Content-Type": "application/json"}, timeout=_TIMEOUT_S)
            recorder.calls.append((json.loads(body), reply.json().get("usage", {})))
            self.send_response(reply.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        def do_CONNECT(self) -> None:
            recorder.outside.append(self.path)
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: test output is for failures."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    recorder = Recorder(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield recorder
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
