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
from spanhouse_dashboards.alerts.timings import MuteTiming
from spanhouse_dashboards.grafana import GrafanaOptions, write_provisioning
from spanhouse_dashboards.grafana.build import dashboards, rule_group
from spanhouse_dashboards.grafana.contacts import not_muted
from spanhouse_dashboards.grafana.datasource import datasource
from spanhouse_dashboards.grafana.manifests import manifest

_BOOK = load_rules()
_OPTIONS = GrafanaOptions(
    book=replace(
        _BOOK,
        rules=(
            replace(_BOOK.rules[0], title="Errors cost $5", contact="oncall", mute=("nights",), repeat_s=0),
            replace(_BOOK.rules[1], mute=("nights",)),
            *_BOOK.rules[2:],
        ),
        contacts=(Contact(name="oncall", address="http://127.0.0.1:9/hook"),),
        mute_timings=(
            MuteTiming(name="nights", start_minute=22 * 60, timezone="Europe/Berlin"),
            MuteTiming(name="weekend", weekdays=("saturday", "sunday")),
        ),
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
    schemas = _closed(api["components"]["schemas"])
    # Two Go types of one name became one in the description: what stands in `time_intervals` is what the API takes there.
    schemas["MuteTimeIntervalExport"]["properties"]["time_intervals"]["items"] = {"$ref": "#/components/schemas/TimeIntervalItem"}
    schema = {"$ref": "#/components/schemas/AlertingFileExport", "components": {"schemas": schemas}}
    validator = Draft7Validator(schema)
    document = _written(tmp_path, "alerting/spanhouse.yaml")
    assert [error.message for error in validator.iter_errors(document)] == []
    for part, name in ((document["groups"][0]["rules"][0], "noDataStat"), (document["muteTimes"][0]["time_intervals"][0], "day")):
        part[name] = "OK"
        assert len(list(validator.iter_errors(document))) == 1
        del part[name]


def test_file_and_api_hold_the_same_rules(tmp_path: Path) -> None:
    write_provisioning(tmp_path, _OPTIONS)
    (group,) = _written(tmp_path, "alerting/spanhouse.yaml")["groups"]
    for written, pushed in zip(group["rules"], rule_group(_OPTIONS)["rules"], strict=True):
        same = ("uid", "condition", "data", "for", "noDataState", "execErrState")
        assert {key: written[key] for key in same} == {key: pushed[key] for key in same}
        assert written["dashboardUid"] == pushed["annotations"]["__dashboardUid__"]
        assert written["panelId"] == int(pushed["annotations"]["__panelId__"])
    assert group["rules"][0]["title"] == "Errors cost $$5 (default)"
    assert [rule.get("notification_settings") for rule in group["rules"][:2]] == [
        {
            "receiver": "oncall",
            "group_by": ["alertname", "grafana_folder", "service"],
            "mute_time_intervals": ["spanhouse-nights"],
            "repeat_interval": "1y",
        },
        None,
    ]


def test_mute_timings_are_written_and_rules_that_grafana_cannot_mute_are_named(tmp_path: Path) -> None:
    write_provisioning(tmp_path, _OPTIONS)
    assert _written(tmp_path, "alerting/spanhouse.yaml")["muteTimes"] == [
        {
            "orgId": 1,
            "name": "spanhouse-nights",
            "time_intervals": [{"location": "Europe/Berlin", "times": [{"start_time": "22:00", "end_time": "24:00"}]}],
        },
        {"orgId": 1, "name": "spanhouse-weekend", "time_intervals": [{"location": "UTC", "weekdays": ["saturday", "sunday"]}]},
    ]
    assert not_muted(_OPTIONS.book) == [_BOOK.rules[1].id]


def test_dashboards_data_source_and_provider_are_written(tmp_path: Path) -> None:
    paths = write_provisioning(tmp_path, _OPTIONS)
    texts = {path: json.loads(path.read_text(encoding="utf-8")) for path in paths if path.suffix == ".json"}
    boards = [text for path, text in texts.items() if path.parent.name == "spanhouse"]
    assert boards == dashboards(_OPTIONS)
    assert [text for path, text in texts.items() if path.parent.name == "manifests"] == [manifest(board) for board in boards]
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
    assert set(_written(tmp_path, "alerting/spanhouse.yaml")) == {"apiVersion", "groups", "contactPoints", "muteTimes"}
