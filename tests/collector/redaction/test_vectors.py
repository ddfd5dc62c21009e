"""The examples to which the SDK's masking is held too: one language of rules, one file that says what it means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanhouse.masking import detectors as of_the_sdk
from spanhouse.masking.rules import Rules as SdkRules
from spanhouse_collector.otlp import protobuf, redact
from spanhouse_collector.redaction import detectors
from spanhouse_collector.redaction.configuration import parse
from spanhouse_collector.redaction.redactor import Redactor
from spanhouse_collector.redaction.rules import Rules
from tests.otlp.messages import span, traces

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "redaction_vectors.json").read_text(encoding="utf-8"))


def plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [plain(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_example_is_redacted_as_the_sdk_does(vector: dict[str, Any]) -> None:
    redactor = Redactor(parse(vector["rules"]).rules, count=lambda _rule: None)
    if "text" in vector:
        assert redactor.text(vector["text"]) == vector["masked"]
        return
    request = traces(span("chat", vector["attributes"]))
    body = redact.redacted(request, protobuf.check_request(request), redactor=redactor).body
    (stored,) = type(request).FromString(body).resource_spans[0].scope_spans[0].spans
    assert {pair.key: plain(pair.value) for pair in stored.attributes} == vector["left"]


def test_sdk_and_collector_have_the_same_options_and_detectors() -> None:
    assert list(Rules.__dataclass_fields__) == list(SdkRules.__dataclass_fields__)
    assert of_the_sdk.GROUPS == detectors.GROUPS
    assert Rules() == Rules(**{name: getattr(SdkRules(), name) for name in SdkRules.__dataclass_fields__})
