"""Request bodies for load: LLM spans of about 2.9 kB of English-like text, cheap to make unique."""

from __future__ import annotations

import json
import random
import time
from struct import pack_into
from typing import Any

from tests.otlp.messages import span, traces

SPANS = 512
_SYLLABLES = "re con ta ment or der ship pay ac count in voice de lay sup port al ing".split()


class Body:
    """A request whose trace ids and times can be renewed in place, so that every send stores new spans of now.

    With `mixed`, every tenth span is what the fast reader does not decode alone: an old indexed dialect, or nested values.
    """

    def __init__(self, seed: int, *, spans: int = SPANS, mixed: bool = False) -> None:
        chosen = random.Random(seed)
        words = ["".join(chosen.choices(_SYLLABLES, k=chosen.choice((1, 2, 2, 3)))) for _ in range(2_000)]
        now_ns = time.time_ns()
        made = [_span(chosen, words, start_ns=now_ns + i * 1_000, form=i % 20 if mixed else 1) for i in range(spans)]
        request = traces(*made, resource={"service.name": "support", "service.version": "1.4"})
        self.spans = spans
        self._bytes = bytearray(request.SerializeToString())
        self._offsets = [self._bytes.index(one.trace_id) for one in made]
        # Both are of eight bytes, the lowest first.
        self._times = [
            (self._bytes.index(at.to_bytes(8, "little"), offset), at - now_ns)
            for offset, one in zip(self._offsets, made, strict=True)
            for at in (one.start_time_unix_nano, one.end_time_unix_nano)
        ]

    def renewed(self, number: int) -> bytes:
        """The body with trace ids that no other `number` gives, and spans that begin now."""
        prefix = number.to_bytes(8, "big")
        for offset in self._offsets:
            self._bytes[offset : offset + 8] = prefix
        now_ns = time.time_ns()
        for offset, later_ns in self._times:
            pack_into("<Q", self._bytes, offset, now_ns + later_ns)
        return bytes(self._bytes)


def _span(chosen: random.Random, words: list[str], *, start_ns: int, form: int) -> Any:
    asked, answered = (" ".join(chosen.choices(words, k=count)) for count in (210, 70))
    content = {0: _nested, 10: _indexed}.get(form, _current)(asked, answered)
    return span(
        "chat gpt-4o-mini",
        _call(chosen) | content,
        trace_id=chosen.randbytes(16),
        span_id=chosen.randbytes(8),
        kind=3,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=start_ns + chosen.randrange(2_000_000_000),
    )


def _call(chosen: random.Random) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.id": f"chatcmpl-{chosen.getrandbits(64):016x}",
        "session.id": f"session-{chosen.randrange(5_000)}",
        "user.id": f"user-{chosen.randrange(500)}",
        "server.address": "api.example.com",
        "app.feature": chosen.choice(("search", "orders", "refunds")),
        "app.tenant": f"tenant-{chosen.randrange(50)}",
        "gen_ai.usage.input_tokens": chosen.randrange(200, 4_000),
        "gen_ai.usage.output_tokens": chosen.randrange(20, 500),
        "gen_ai.usage.cache_read.input_tokens": chosen.randrange(100),
        "server.port": 443,
        "gen_ai.request.temperature": 0.7,
        "gen_ai.response.time_to_first_chunk": chosen.random(),
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
    }


def _messages(asked: str, answered: str) -> tuple[list[Any], list[Any]]:
    answer = [{"type": "text", "content": answered}]
    return (
        [{"role": "user", "parts": [{"type": "text", "content": asked}]}],
        [{"role": "assistant", "parts": answer, "finish_reason": "stop"}],
    )


def _current(asked: str, answered: str) -> dict[str, Any]:
    question, answer = _messages(asked, answered)
    return {"gen_ai.input.messages": json.dumps(question), "gen_ai.output.messages": json.dumps(answer)}


def _nested(asked: str, answered: str) -> dict[str, Any]:
    question, answer = _messages(asked, answered)
    return {"gen_ai.input.messages": question, "gen_ai.output.messages": answer}


def _indexed(asked: str, answered: str) -> dict[str, Any]:
    """OpenLLMetry's form before the conventions had messages: an attribute for each message's part."""
    middle = len(asked) // 2
    return {
        "gen_ai.prompt.0.role": "system",
        "gen_ai.prompt.0.content": asked[:middle],
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.1.content": asked[middle:],
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": answered,
        "gen_ai.completion.0.finish_reason": "stop",
        "llm.request.type": "chat",
    }
