"""What was left out of requests, and what could not be translated, is counted by its reason."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Source
from spanhouse_collector.ingest.dialects.openinference import OPENINFERENCE
from tests.otlp.messages import logs, record, span, traces
from tests.otlp.sender import Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

TOO_LATE_NS = 2**64 - 1


def counted(sender: Sender, name: str) -> Counter[str]:
    """A counter's values by its labels as they are written."""
    page = sender.client.get(f"{sender.server.http_url}/metrics", headers=sender.authorization).text
    found = re.findall(rf"^spanhouse_{name}_total{{(.*)}} (\S+)$", page, re.MULTILINE)
    return Counter({labels: int(float(value)) for labels, value in found})


def test_items_that_were_left_out_are_counted_by_what_is_wrong_with_them(sender: Sender) -> None:
    before = counted(sender, "items_rejected")
    bad = [span(trace_id=b""), span(trace_id=b""), span(span_id=b"\0" * 8), span(end_time_unix_nano=TOO_LATE_NS)]
    sender.post(traces(*bad, span("good")))
    sender.post(logs(record(time_unix_nano=TOO_LATE_NS)), signal="logs")
    assert counted(sender, "items_rejected") - before == {
        'reason="trace_id",signal="traces"': 2,
        'reason="span_id",signal="traces"': 1,
        'reason="time",signal="traces"': 1,
        'reason="time",signal="logs"': 1,
    }
    assert [row["name"] for row in sender.stored()] == ["good"]


def test_a_span_of_which_a_dialect_cannot_be_read_is_stored_and_counted(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_source: Source) -> str:
        raise KeyError("a value that nobody thought of")

    monkeypatch.setitem(OPENINFERENCE.fields, names.INPUT, (broken,))
    before = counted(sender, "translations_failed")
    given = {"openinference.span.kind": "TOOL", "tool.name": "search", "llm.usage.prompt_tokens": 3, "input.value": "{}"}
    sender.accept(traces(span("x", given)))
    (row,) = sender.stored()
    assert (row["name"], row["attributes"]["input.value"], row["kind"], row["input_tokens"]) == ("x", "{}", "tool", 3)
    assert counted(sender, "translations_failed") - before == {'dialect="openinference",reason="KeyError"': 1}
