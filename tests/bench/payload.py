"""Request bodies for load: LLM spans of about 2.9 kB of English-like text, cheap to make unique."""

from __future__ import annotations

import json
import random
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SPANS = 512
_SYLLABLES = "re con ta ment or der ship pay ac count in voice de lay sup port al ing".split()


class Body:
    """A request of 512 spans whose trace ids can be renewed in place, so that every send stores new spans."""

    def __init__(self, seed: int) -> None:
        chosen = random.Random(seed)
        request, ids = _request(chosen)
        self._bytes = bytearray(request.SerializeToString())
        self._offsets = [self._bytes.index(trace_id) for trace_id in ids]

    def renewed(self, number: int) -> bytes:
        """The body with trace ids that no other `number` gives."""
        prefix = number.to_bytes(8, "big")
        for offset in self._offsets:
            self._bytes[offset : offset + 8] = prefix
        return bytes(self._bytes)


def _request(chosen: random.Random) -> tuple[ExportTraceServiceRequest, list[bytes]]:
    words = ["".join(chosen.choices(_SYLLABLES, k=chosen.choice((1, 2, 2, 3)))) for _ in range(2_000)]
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(_text("service.name", "support"))
    resource.resource.attributes.append(_text("service.version", "1.4"))
    scope = resource.scope_spans.add()
    scope.scope.name = "bench"
    now_ns = time.time_ns()
    ids = []
    for index in range(SPANS):
        span = scope.spans.add()
        span.trace_id = chosen.randbytes(16)
        span.span_id = chosen.randbytes(8)
        ids.append(span.trace_id)
        span.name = "chat gpt-4o-mini"
        span.kind = Span.SPAN_KIND_CLIENT
        span.start_time_unix_nano = now_ns + index * 1_000
        span.end_time_unix_nano = span.start_time_unix_nano + chosen.randrange(2_000_000_000)
        span.attributes.extend(_attributes(chosen, words))
    return request, ids


def _attributes(chosen: random.Random, words: list[str]) -> list[KeyValue]:
    asked = {"role": "user", "parts": [{"type": "text", "content": " ".join(chosen.choices(words, k=210))}]}
    answer = [{"type": "text", "content": " ".join(chosen.choices(words, k=70))}]
    answered = {"role": "assistant", "parts": answer, "finish_reason": "stop"}
    texts: dict[str, str] = {
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
        "gen_ai.input.messages": json.dumps([asked]),
        "gen_ai.output.messages": json.dumps([answered]),
    }
    numbers: dict[str, int] = {
        "gen_ai.usage.input_tokens": chosen.randrange(200, 4_000),
        "gen_ai.usage.output_tokens": chosen.randrange(20, 500),
        "gen_ai.usage.cache_read.input_tokens": chosen.randrange(100),
        "server.port": 443,
    }
    attributes = [_text(key, value) for key, value in texts.items()]
    for key, number in numbers.items():
        attribute = KeyValue(key=key)
        attribute.value.int_value = number
        attributes.append(attribute)
    for key, fraction in (("gen_ai.request.temperature", 0.7), ("gen_ai.response.time_to_first_chunk", chosen.random())):
        attribute = KeyValue(key=key)
        attribute.value.double_value = fraction
        attributes.append(attribute)
    streamed = KeyValue(key="gen_ai.request.stream")
    streamed.value.bool_value = True
    reasons = KeyValue(key="gen_ai.response.finish_reasons")
    reasons.value.array_value.values.add().string_value = "stop"
    return [*attributes, streamed, reasons]


def _text(key: str, text: str) -> KeyValue:
    attribute = KeyValue(key=key)
    attribute.value.string_value = text
    return attribute
