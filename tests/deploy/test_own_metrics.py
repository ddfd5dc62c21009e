"""The service tells of itself what its journals, its store and its readers cost, and panels show it as any other data."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from spanhouse_dashboards.alerts import load_rules, readings
from spanhouse_dashboards.panels import TimeRange, panel_by_id, run_panel
from spanhouse_server.settings import Settings
from tests.otlp.messages import logs, record, span, traces
from tests.otlp.sender import PROTOBUF
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net]

_STATEMENT = "SELECT count() FROM spans SETTINGS log_comment = '{}'"


def _ask(server: Server, comment: str) -> None:
    url = f"http://127.0.0.1:{server.service.clickhouse_port}/"
    assert httpx2.post(url, content=_STATEMENT.format(comment)).status_code == 200


def _shown(server: Server, panel: str) -> dict[str, float]:
    """The newest value of each line."""
    now = datetime.now(UTC)
    time_range = TimeRange(start=now - timedelta(hours=1), end=now + timedelta(minutes=1))
    result = run_panel(server.service.store(), panel_by_id(panel), project="default", time_range=time_range, filters={})
    return {str(row[1]): float(str(row[2])) for row in result.rows}


def test_what_the_service_tells_of_itself_is_in_its_panels(engine_url: str, database: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store=engine_url, database=database, http_port=0, grpc_port=0, clickhouse_port=0)
    with running(settings) as server:
        own = server.service.own_metrics
        assert own is not None
        assert httpx2.get(f"{server.http_url}/console/panels/retries").status_code == 200
        for comment in ("spanhouse-latency", "spanhouse-of-nobody"):
            _ask(server, comment)
        own.write()
        costs = _shown(server, "query-cost")
        assert set(costs) == {"Errors", "Latency", "Other statements"}
        assert min(costs.values()) > 0
        signals = {"traces", "logs", "metrics"}
        assert _shown(server, "journal-lag") == dict.fromkeys(signals, 0)
        assert _shown(server, "journal-backlog").keys() == signals
        assert _shown(server, "store-size")["migrations"] > 0
        own.write()
        assert _shown(server, "query-cost") == costs


def test_what_was_sent_and_not_stored_is_told_by_its_reason_once(engine_url: str, database: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store=engine_url, database=database, http_port=0, grpc_port=0, clickhouse_port=0)
    dropped = {"spanhouse.sdk.signal": "spans", "spanhouse.sdk.reason": "queue_full", "spanhouse.sdk.count": 40}
    told = record("", dropped, event_name="spanhouse.sdk.dropped", time_unix_nano=time.time_ns())
    rule = next(rule for rule in load_rules().rules if rule.id == "rejected-requests")
    with running(settings) as server:
        own = server.service.own_metrics
        assert own is not None
        fresh = httpx2.get(f"{server.http_url}/metrics").text
        # Prometheus sees no increase where a series begins at its first loss.
        assert 'spanhouse_items_rejected_total{reason="trace_id",signal="traces"} 0.0' in fresh
        assert 'spanhouse_dead_letters_total{signal="logs"} 0.0' in fresh
        sent = {
            "traces": traces(span(), span(trace_id=b""), span(trace_id=b"")).SerializeToString(),
            "logs": logs(told).SerializeToString(),
            "metrics": b"no protobuf",
        }
        answers = [
            httpx2.post(f"{server.http_url}/v1/{signal}", content=body, headers={"content-type": PROTOBUF}).status_code
            for signal, body in sent.items()
        ]
        assert answers == [200, 200, 400]
        assert server.service.collector.settle(timeout_s=30)
        for _ in range(2):
            own.write()
        now = datetime.now(UTC)
        read = readings.read(server.service.store(), rule, project="default", at=now + timedelta(seconds=1))
        found = {(one.segment["signal"], one.segment["reason"]): one.value for one in read}
        assert found[("spans", "lost by an SDK: queue_full")] == 40
        assert [value for (signal, why), value in found.items() if signal == "traces" and why.startswith("left out: ")] == [2]
        assert len(found) == 2
        assert 'spanhouse_requests_refused_total{status="400"} 1.0' in httpx2.get(f"{server.http_url}/metrics").text
