"""The service tells of itself what its journals, its store and its readers cost, and panels show it as any other data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from spanhouse_dashboards.panels import TimeRange, panel_by_id, run_panel
from spanhouse_server.settings import Settings
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
