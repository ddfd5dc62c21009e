"""A server that answers OpenAI's chat completions and Responses, streamed or whole, always in the same words."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "gpt-4o-mini"
ANSWER = ("Refunds ", "take ", "five days.")
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
}
_CALL: dict[str, Any] = {"id": "call-7", "type": "function", "function": {"name": "look_up", "arguments": '{"order": "A-17"}'}}


def _answered(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of a chat completion: a call of the tool that was offered, a refusal where it is asked for, else the answer."""
    reason = "length" if request.get("max_tokens") == 1 else "stop"
    message: dict[str, Any] = {"role": "assistant", "content": "".join(ANSWER)}
    if request.get("tools") and request["messages"][-1]["role"] == "user":
        reason, message = "tool_calls", {"role": "assistant", "content": None, "tool_calls": [_CALL]}
    elif request.get("user") == "refused":
        message = {"role": "assistant", "content": None, "refusal": "I would rather not."}
    return [{"index": index, "finish_reason": reason, "message": message} for index in range(request.get("n") or 1)]


def _whole(request: dict[str, Any]) -> bytes:
    told = {"service_tier": "default", "system_fingerprint": "fp-1"} if request.get("service_tier") else {}
    return json.dumps(_envelope("chat.completion", choices=_answered(request), usage=USAGE, **told)).encode()


def _chunks(request: dict[str, Any]) -> Iterator[bytes]:
    for choice in _answered(request):
        index, message = choice["index"], choice["message"]
        for delta in _deltas(message):
            yield _event(_envelope("chat.completion.chunk", choices=[_delta(index, delta, None)]))
        yield _event(_envelope("chat.completion.chunk", choices=[_delta(index, {}, choice["finish_reason"])]))
    if request.get("user") == "broken":
        yield _event({"error": {"message": "It broke.", "code": "server_error"}})
    yield _event(_envelope("chat.completion.chunk", choices=[], usage=USAGE))
    yield b"data: [DONE]\n\n"


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for call in message.get("tool_calls", []):
        arguments = call["function"]["arguments"]
        yield {"role": "assistant", "tool_calls": [{"index": 0, **call, "function": {**call["function"], "arguments": ""}}]}
        for piece in (arguments[:5], arguments[5:]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
    if message.get("refusal"):
        yield {"refusal": message["refusal"]}
    for text in ANSWER if message.get("content") else ():
        yield {"content": text}


def _response(request: dict[str, Any]) -> dict[str, Any]:
    """A response: thoughts, then the answer or a call of the tool that was offered; failed or cut short where it is asked for."""
    text = {"type": "output_text", "text": "".join(ANSWER), "annotations": []}
    said = {"type": "message", "id": "msg-7", "role": "assistant", "status": "completed", "content": [text]}
    thought = {"type": "reasoning", "id": "rs-7", "summary": [{"type": "summary_text", "text": "Let me see."}]}
    call = {
        "type": "function_call",
        "id": "fc-7",
        "call_id": "call-7",
        "status": "completed",
        **_CALL["function"],
    }
    usage = {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}
    usage |= {"input_tokens_details": {"cached_tokens": 4}, "output_tokens_details": {"reasoning_tokens": 1}}  # type: ignore[dict-item]
    told: dict[str, Any] = {"status": "completed", "output": [thought, said, call] if request.get("tools") else [said]}
    if request.get("user") == "failed":
        told |= {"status": "failed", "output": [], "error": {"code": "server_error", "message": "It broke."}}
    if request.get("max_output_tokens") == 1:
        told |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    if request.get("service_tier"):
        told["service_tier"] = "default"
    return _envelope("response", usage=usage, **told)


def _events(request: dict[str, Any]) -> Iterator[bytes]:
    whole = _response(request)
    begun = {**whole["output"][0], "content": []} if whole["output"] else None
    yield _event({"type": "response.created", "sequence_number": 0, "response": {**whole, "status": "in_progress", "output": []}})
    if begun is not None:
        yield _event({"type": "response.output_item.added", "output_index": 0, "sequence_number": 1, "item": begun})
    part = {"type": "output_text", "text": "", "annotations": []}
    yield _event(
        {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "sequence_number": 1, "part": part}
    )
    for text in ANSWER:
        place = {"item_id": "msg-7", "output_index": 0, "content_index": 0, "sequence_number": 1, "logprobs": []}
        yield _event({"type": "response.output_text.delta", "delta": text, **place})
    if request.get("user") == "broken":
        yield _event({"type": "error", "code": "server_error", "message": "It broke.", "param": None, "sequence_number": 2})
    yield _event({"type": f"response.{whole['status']}", "sequence_number": 2, "response": whole})


def _envelope(kind: str, **rest: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-7", "object": kind, "created": 1_767_225_600, "model": f"{MODEL}-2024-07-18", **rest}


def _delta(index: int, delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason}


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def answer(path: str, request: dict[str, Any]) -> list[bytes]:
    """The body of the answer, in the pieces in which it is sent."""
    if request.get("user") == "odd":  # as gateways answer that failed and say so with status 200
        odd = {"id": None, "choices": None, "model": None, "usage": {"prompt_tokens": None}}
        return [_event(odd), _event(odd)] if request.get("stream") else [json.dumps(odd).encode()]
    if path.endswith("/responses"):
        return list(_events(request)) if request.get("stream") else [json.dumps(_response(request)).encode()]
    return list(_chunks(request)) if request.get("stream") else [_whole(request)]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        streamed = bool(request.get("stream"))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        pieces = answer(self.path, request)
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
