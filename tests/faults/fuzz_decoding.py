"""Feeds our own decoding code with bytes that coverage leads to new places; a process of its own, run by test_fuzz.py.

What is refused must be refused as InvalidRequest; what is taken must survive everything that a request goes through
before and after the journal. libFuzzer's options are taken, such as -runs=10000.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["spanhouse_collector"]):  # pyright: ignore[reportAttributeAccessIssue] - set at run time
    from spanhouse_collector.errors import InvalidRequest
    from spanhouse_collector.ingest import frames
    from spanhouse_collector.otlp import body, json_decode, nested, protobuf, redact
    from spanhouse_collector.redaction.configuration import parse
    from spanhouse_collector.redaction.redactor import Redactor

_LIMIT_BYTES = 1 << 20
_REDACTOR = Redactor(parse({"detectors": ["secrets", "personal"], "redact_all_types": True}).rules, count=lambda _rule: None)


def one_input(data: bytes) -> None:
    """The first byte chooses what the rest is taken for."""
    if not data:
        return
    signal = protobuf.SIGNALS[data[0] % 3]
    encoding = ("", *body.COMPRESSIONS)[data[0] // 3 % 4]
    try:
        sent = body.decompress(data[1:], encoding, limit_bytes=_LIMIT_BYTES) if encoding else data[1:]
        is_json = data[0] // 12 % 2
        request = json_decode.decode(signal, sent) if is_json else protobuf.parse(signal, sent)
        checked = redact.redacted(request, protobuf.check_request(request, None if is_json else sent), redactor=_REDACTOR)
    except InvalidRequest:
        return
    (frame,) = frames.decode(frames.encode(checked.body, project="p", received_ms=1))
    project, _, kept = frames.parts(frame)
    assert (project, kept) == ("p", checked.body)
    protobuf.check(signal, nested.flatten(signal, kept))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
