"""Stores spans through the real engine and gives back their canonical rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.collector.dialects.cells import Given
from tests.otlp.messages import NOON_NS, attributes, span

Rows = Callable[[Sequence[Given]], list[dict[str, Any]]]


def request(given: Sequence[Given]) -> ExportTraceServiceRequest:
    """One request of a span for each; its trace id tells its place."""
    sent = ExportTraceServiceRequest()
    resource = sent.resource_spans.add()
    resource.resource.attributes.extend(attributes({"service.name": "shop"}))
    for number, one in enumerate(given):
        scoped = resource.scope_spans.add()
        scoped.scope.name = one.scope
        made = span(one.name, one.attributes, trace_id=(number + 1).to_bytes(16, "big"), **one.fields)
        for event in one.events:
            made.events.add(name=event[0], time_unix_nano=NOON_NS + event[1], attributes=attributes(event[2]))
        scoped.spans.append(made)
    return sent


@pytest.fixture
def rows(shared_store: Store, new_project: Callable[[], str], tmp_path: Path) -> Rows:
    """Stores spans in one batch; their rows come back in the order given."""
    writer = BatchWriter(shared_store, "traces", instance="test", nested=nested)

    def write(given: Sequence[Given]) -> list[dict[str, Any]]:
        project = new_project()
        path = tmp_path / f"{project}.frames"
        body = request(given).SerializeToString()
        path.write_bytes(frames.encode(body, project=project, received_ms=NOON_NS // 1_000_000))
        writer.write(path)
        return shared_store.query(load("tests.collector.dialects.sql", "canonical"), {"project": project})

    return write
