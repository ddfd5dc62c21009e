"""The provisioning files hold the same as the API gets, in the shape that Grafana's description gives for files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from spanhouse_dashboards.alerts import Contact, load_rules
from spanhouse_dashboards.grafana import GrafanaOptions, write_provisioning
from spanhouse_dashboards.grafana.build import dashboards, rule_group
from spanhouse_dashboards.grafana.datasource import datasource

_BOOK = load_rules()
_OPTIONS = GrafanaOptions(
    book=replace(
        _BOOK,
        rules=(replace(_BOOK.rules[0], title="Errors cost $5", contact="oncall"), *_BOOK.rules[1:]),
        contacts=(Contact(name="oncall", webhook_url="http://127.0.0.1:9/hook"),),
    )
)


def _written(folder: Path, name: str) -> Any:
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


def _closed(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas, refusing keys that they do not know."""
    return {
        name: {"additionalProperties": False, **schema} if schema.get("properties") else schema
        for name, schema in schemas.items()
    }


@pytest.mark.shared
def test_the_alerting_file_is_what_the_description_allows(tmp_path: Path, shared: Path) -> None:
    write_provisioning(tmp_path, _OPTIONS)
    api = json.loads((shared / "grafana" / "grafana-13.0.0.openapi3.json").read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/AlertingFileExport", "components": {"schemas": _closed(api["components"]["schemas"])}}
    validator = Draft7Validator(schema)
    document = _written(tmp_path, "alerting/spanhouse.yaml")
    assert [error.message for error in validator.iter_errors(document)] == []
    document["groups"][0]["rules"][0]["noDataStat"] = "OK"
    assert [error.message for error in validator.iter_errors(document)] != []


def test_file_and_api_hold_the_same_rules(tmp_path: Path) -> None:
    write_provisioning(tmp_path, _OPTIONS)
    (group,) = _written(tmp_path, "alerting/spanhouse.yaml")["groups"]
    for written, pushed in zip(group["rules"], rule_group(_OPTIONS)["rules"], strict=True):
        same = ("uid", "condition", "data", "for", "noDataState", "execErrState")
        assert {key: written[key] for key in same} == {key: pushed[key] for key in same}
        assert written["dashboardUid"] == pushed["annotations"]["__dashboardUid__"]
        assert written["panelId"] == int(pushed["annotations"]["__panelId__"])
    assert group["rules"][0]["title"] == "Errors cost $$5 (default)"
    assert group["rules"][0]["notification_settings"] == {"receiver": "oncall", "group_by": ["alertname", "grafana_folder"]}


def test_dashboards_data_source_and_provider_are_written(tmp_path: Path) -> None:
    paths = write_provisioning(tmp_path, _OPTIONS)
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.suffix == ".json"]
    assert boards == dashboards(_OPTIONS)
    (source,) = _written(tmp_path, "datasources/spanhouse.yaml")["datasources"]
    assert source["jsonData"] == datasource(_OPTIONS)["jsonData"]
    (provider,) = _written(tmp_path, "dashboards/spanhouse.yaml")["providers"]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards/spanhouse"


def test_writing_again_gives_the_same_files_and_leaves_others_alone(tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in write_provisioning(tmp_path, _OPTIONS)}
    own = tmp_path / "alerting" / "own.yaml"
    own.write_text("apiVersion: 1\n", encoding="utf-8")
    assert {path: path.read_bytes() for path in write_provisioning(tmp_path, _OPTIONS)} == first
    assert own.exists()


def test_no_file_takes_over_the_notification_policies(tmp_path: Path) -> None:
    write_provisioning(tmp_path, _OPTIONS)
    assert set(_written(tmp_path, "alerting/spanhouse.yaml")) == {"apiVersion", "groups", "contactPoints"}
