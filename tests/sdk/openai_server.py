"""A server that answers OpenAI's chat completions, streamed or whole, always with the same words and token counts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "gpt-4o-mini"
ANSWER = ("Refunds ", "take ", "five days.")
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
}


def _whole() -> bytes:
    message = {"role": "assistant", "content": "".join(ANSWER)}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps(_envelope("chat.completion", choices=[choice], usage=USAGE)).encode()


def _chunks() -> Iterator[bytes]:
    for text in ANSWER:
        yield _event(_envelope("chat.completion.chunk", choices=[_delta({"content": text}, None)]))
    yield _event(_envelope("chat.completion.chunk", choices=[_delta({}, "stop")]))
    yield _event(_envelope("chat.completion.chunk", choices=[], usage=USAGE))
    yield b"data: [DONE]\n\n"


def _envelope(kind: str, **rest: object) -> dict[str, object]:
    return {"id": "chatcmpl-7", "object": kind, "created": 1_767_225_600, "model": f"{MODEL}-2024-07-18", **rest}


def _delta(delta: dict[str, str], finish_reason: str | None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _event(data: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        streamed = bool(request.get("stream"))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        pieces = list(_chunks()) if streamed else [_whole()]
        if not streamed:
            self.send_header("content-length", str(len(pieces[0])))
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test output clean."""


@contextmanager
def running() -> Iterator[str]:
    """The base URL for an OpenAI client, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
