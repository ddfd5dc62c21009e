"""A fake model and an OTLP sink on free ports of 127.0.0.1. Must not know who calls them."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.corpus.capture import anthropic_wire, openai_wire
from tests.corpus.capture.replies import UNKNOWN_MODEL

# Between two pieces of a stream, so that its first one comes measurably before its last.
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Received:
    """OTLP requests as they came, by signal; bodies of one signal, one after another, are one valid message."""

    traces: list[bytes] = field(default_factory=list)
    logs: list[bytes] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        if self.headers.get("transfer-encoding", "") == "chunked":
            raw = b"".join(self._body_chunks())
        else:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        return gzip.decompress(raw) if self.headers.get("content-encoding") == "gzip" else raw

    def _body_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def reply(self, status: int, content: bytes, media_type: str) -> None:
        self._begin(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _begin(self, status: int) -> None:
        self.send_response(status)
        if "/messages" in self.path:
            # Anthropic's name for a request, which its clients repeat.
            self.send_header("request-id", "req_7")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what the captured application says is worth reading, this is not."""


class _Model(_Handler):
    def do_POST(self) -> None:
        request = json.loads(self.body())
        if request.get("model") == UNKNOWN_MODEL:
            error = {
                "message": f"The model `{UNKNOWN_MODEL}` does not exist",
                "type": "not_found_error",
                "code": "model_not_found",
            }
            self.reply(404, json.dumps({"type": "error", "error": error}).encode(), "application/json")
            return
        path = self.path.partition("?")[0].removeprefix("/v1")
        answer = anthropic_wire.answer(request) if path == "/messages" else openai_wire.answer(path, request)
        if isinstance(answer, dict):
            self.reply(200, json.dumps(answer).encode(), "application/json")
        else:
            self._stream(answer)

    def _stream(self, events: Iterator[str]) -> None:
        self._begin(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(_PAUSE_S)
        self.wfile.write(b"0\r\n\r\n")


@contextmanager
def model() -> Iterator[str]:
    """The address of a model server, without /v1, while the block lasts."""
    with _serving(_Model) as url:
        yield url


@contextmanager
def sink() -> Iterator[tuple[str, Received]]:
    """The address of an OTLP/HTTP receiver, and what it received; prefixes of its paths do not matter."""
    received = Received()

    class Sink(_Handler):
        def do_POST(self) -> None:
            body = self.body()
            if self.path.endswith("/traces"):
                received.traces.append(body)
            elif self.path.endswith("/logs"):
                received.logs.append(body)
            self.reply(200, b"", self.headers.get("content-type", "application/x-protobuf"))

        def do_GET(self) -> None:
            self.reply(200, b"{}", "application/json")

    with _serving(Sink) as url:
        yield url, received


@contextmanager
def _serving(handler: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
