"""The smoke script asks a Grafana for every panel, as Grafana's description of its query API has it, and tells what failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

import grafana_smoke
from spanhouse_collector.storage import Store
from spanhouse_dashboards.grafana.build import dashboards
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.panels import PANELS
from tests.contract.query_api import PASSWORD, serve_queries
from tests.dashboards.seeds import call, store_calls

pytestmark = [pytest.mark.store, pytest.mark.net]

_BOARDS = dashboards(GrafanaOptions(project="shop"))


def _smoke(url: str, password: str = PASSWORD) -> int:
    return grafana_smoke.main(["--grafana", url, "--password", password, "--hours", "6"])


def test_every_panel_is_asked_and_answers(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store_calls(store, [call(number, minutes_ago=number) for number in range(1, 4)])
    with serve_queries(store, _BOARDS) as grafana:
        assert _smoke(grafana.url) == 0
        assert len(grafana.asked) == len(PANELS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"{len(PANELS)} panels, 0 failed, ")
    assert "spanhouse-overview     LLM calls                        1 rows" in lines


@pytest.mark.shared
def test_what_is_asked_is_what_the_published_description_allows(store: Store, shared: Path) -> None:
    with serve_queries(store, _BOARDS[:1]) as grafana:
        _smoke(grafana.url)
        asked = grafana.asked
    api = json.loads((shared / "grafana" / "grafana-13.0.0.strict.openapi3.json").read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/MetricRequest", "components": api["components"]}
    assert [error.message for body in asked for error in Draft7Validator(schema).iter_errors(body)] == []
    assert [body for body in asked if "$__conditionalAll" in json.dumps(body) or "${" in json.dumps(body)] == []


def test_a_panel_that_fails_is_named_with_its_reason(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    board = json.loads(json.dumps(_BOARDS[0]))
    board["panels"][0]["targets"][0]["rawSql"] = "SELECT no_such_column FROM spans WHERE $__timeFilter(start_time)"
    with serve_queries(store, [board]) as grafana:
        assert _smoke(grafana.url) == 1
    told = capsys.readouterr().out
    assert "LLM calls                        failed: " in told
    assert "no_such_column" in told


def test_a_grafana_without_our_dashboards_or_without_us_is_a_failure(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with serve_queries(store, []) as grafana:
        assert _smoke(grafana.url) == 1
        assert _smoke(grafana.url, password="wrong") == 1
    told = capsys.readouterr()
    assert told.out == "0 panels, 0 failed, 0 without data\n"
    assert "check address, user and password" in told.err
