"""The redaction file: what its options do, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.otlp import protobuf, redact
from spanhouse_collector.redaction.configuration import Redaction, parse, read
from tests.otlp.messages import span, traces


def attributes(given: dict[str, Any], options: dict[str, Any], *, project: str = "shop") -> dict[str, str]:
    """The attributes of a span after it went through the door of a project."""
    request = traces(span("chat", given))
    redactor = Redaction(parse(options), count=lambda _rule: None).of(project)
    kept = redact.redacted(request, protobuf.check_request(request), redactor=redactor)
    (stored,) = ExportTraceServiceRequest.FromString(kept.body).resource_spans[0].scope_spans[0].spans
    return {one.key: one.value.string_value or str(one.value.int_value) for one in stored.attributes}


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ({}, {"a": "bob@example.com"}, {"a": "bob@example.com"}),
        ({"detectors": ["email"]}, {"a": "bob@example.com"}, {"a": "[redacted:email]"}),
        ({"blocked_values": ["acme-[0-9]+"]}, {"a": "so acme-12 is"}, {"a": "so [redacted:blocked_value] is"}),
        # An expression that a search of the bytes cannot stand for.
        (
            {"blocked_values": ["^acme.[0-9]+$"]},
            {"a": "acme\t12", "b": "acme 12 ?"},
            {"a": "[redacted:blocked_value]", "b": "acme 12 ?"},
        ),
        ({"blocked_values": ['"acme\\s']}, {"a": 'say "acme\n"'}, {"a": 'say [redacted:blocked_value]"'}),
        ({"blocked_values": ['say "acme"']}, {"a": '{"x":"say \\"acme\\""}'}, {"a": '{"x":"[redacted:blocked_value]"}'}),
        ({"blocked_key_patterns": ["(?i)^secret"]}, {"Secret.x": 7, "b": "c"}, {"Secret.x": "[redacted:blocked_key]", "b": "c"}),
        (
            {"blocked_key_patterns": ["^pin$"]},
            {"a": '{"pin":{"n":1},"b":[2]}'},
            {"a": '{"pin":"[redacted:blocked_key]","b":[2]}'},
        ),
        ({}, {"http.request.header.authorization": "x y"}, {"http.request.header.authorization": "[redacted:credential_field]"}),
        ({}, {"gen_ai.usage.input_tokens": 3}, {"gen_ai.usage.input_tokens": "3"}),
        ({"detectors": ["email"], "ignored_keys": ["a"]}, {"a": "b@example.com"}, {"a": "b@example.com"}),
        ({"detectors": ["email"], "ignored_key_patterns": ["^a"]}, {"ab": "b@example.com"}, {"ab": "b@example.com"}),
        (
            {"detectors": ["email"], "allowed_values": [".*@acme\\.org"]},
            {"a": "b@acme.org c@d.org"},
            {"a": "b@acme.org [redacted:email]"},
        ),
        (
            {"allow_all_keys": False, "allowed_keys": ["a"], "ignored_keys": ["b"]},
            {"a": "1", "b": "2", "c": "3"},
            {"a": "1", "b": "2"},
        ),
        ({"detectors": ["card"], "redact_all_types": True}, {"a": 4111111111111111}, {"a": "[redacted:card]"}),
        ({"detectors": ["card"]}, {"a": 4111111111111111}, {"a": "4111111111111111"}),
        (
            {"detectors": ["ip"], "hash_function": "md5"},
            {"a": "8.8.8.8"},
            {"a": "[redacted:ip:40ff44d9e619b17524bf3763204f9cbb]"},
        ),
        (
            {"detectors": ["ip"], "hash_function": "hmac-sha256", "hmac_key": "k"},
            {"a": "8.8.8.8"},
            {"a": "[redacted:ip:e514701cb97159ed7f8598eb298f0f467a4923c75bb5adb1607a0bb645f27e4c]"},
        ),
        (
            {"detectors": ["ip"], "summary": "debug"},
            {"a": "8.8.8.8", "b": "c"},
            {"a": "[redacted:ip]", "b": "c", "redaction.masked.count": "1", "redaction.masked.keys": "a"},
        ),
        ({"detectors": ["ip"], "summary": "info"}, {"a": "8.8.8.8"}, {"a": "[redacted:ip]", "redaction.masked.count": "1"}),
        ({"projects": {"shop": {"detectors": ["ip"]}}}, {"a": "8.8.8.8"}, {"a": "[redacted:ip]"}),
        ({"projects": {"rival": {"detectors": ["ip"]}}}, {"a": "8.8.8.8"}, {"a": "8.8.8.8"}),
        (
            {"summary": "info", "projects": {"shop": {"detectors": ["ip"]}}},
            {"a": "8.8.8.8"},
            {"a": "[redacted:ip]", "redaction.masked.count": "1"},
        ),
    ],
)
def test_an_option_does_what_its_name_says(options: dict[str, Any], given: dict[str, Any], expected: dict[str, str]) -> None:
    assert attributes(given, options) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("blocked_value: [a]", "blocked_value is no option; give any of detectors,"),
        ("blocked_values: a", "blocked_values is 'a'; give a list of texts"),
        ("blocked_values: ['(']", "blocked_values: '(' is no regular expression (missing ): (); write it in RE2's syntax"),
        ("blocked_values: ['(?=a)']", "is no regular expression"),
        ("allowed_values: ['x*']", "allowed_values: 'x*' matches the empty text; write what it shall find"),
        ("detectors: [mail]", "detectors holds 'mail'; give any of api_key,"),
        ("hash_function: sha256", "hash_function is 'sha256'; give one of md5, sha1, sha3,"),
        ("hash_function: hmac-sha256", "there is no hmac_key; give one"),
        ("allow_all_keys: 'no'", "allow_all_keys is 'no'; give true or false"),
        ("projects: {shop: {summary: loud}}", "projects.shop.summary is 'loud'; give one of silent, info, debug"),
        ("projects: [shop]", "projects is ['shop']; give options and their values"),
        ("- a", "the file is ['a']; give options and their values"),
        ("a: [", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "redaction.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettings) as error:
        read(path)
    assert str(path) in str(error.value)
    assert told in str(error.value)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "redaction.yaml"
    path.write_text("", encoding="utf-8")
    assert read(path) == parse({})
