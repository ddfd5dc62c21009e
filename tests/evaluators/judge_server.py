"""A fake judge: an OpenAI-compatible endpoint on this machine that answers as it is told and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 100, "completion_tokens": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer: a status with headers, and the text of the completion, after a wait in seconds."""

    text: str = '{"reason": "because", "verdict": "supported"}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    wait_s: float = 0.0
    body: str | None = None
    usage: dict[str, int] = field(default_factory=lambda: USAGE)


@dataclass(slots=True)
class JudgeServer:
    """`answer` is called with each request's body; `came_s` is when each came, `most` how many were in hand at one time."""

    url: str
    answer: Callable[[dict[str, Any]], Told]
    asked: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    came_s: list[float] = field(default_factory=list)
    in_hand: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: dict[str, Any], authorization: str | None) -> Told:
        with self.lock:
            self.asked.append(body)
            self.authorizations.append(authorization)
            self.came_s.append(time.monotonic())
            self.in_hand += 1
            self.most = max(self.most, self.in_hand)
        told = self.answer(body)
        time.sleep(told.wait_s)
        with self.lock:
            self.in_hand -= 1
        return told


@contextmanager
def serving() -> Iterator[JudgeServer]:
    """The server, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = server.take(body, self.headers.get("Authorization"))
            choice = {"index": 0, "message": {"role": "assistant", "content": told.text}, "finish_reason": told.finish_reason}
            completion = {"id": "1", "object": "chat.completion", "choices": [choice], "usage": told.usage}
            sent = (told.body if told.body is not None else json.dumps(completion)).encode()
            self.send_response(told.status)
            for name, value in {**told.headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: test output is for failures."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = JudgeServer(f"http://127.0.0.1:{http.server_address[1]}/v1", lambda _: Told())
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
