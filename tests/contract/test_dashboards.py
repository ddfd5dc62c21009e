"""The dashboards keep to Grafana's published schema and to what makes a dashboard usable."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from spanhouse_dashboards.grafana.build import dashboards, rule_group
from spanhouse_dashboards.grafana.manifests import manifest
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.panels.run import MAX_POINTS

Json = dict[str, Any]

_BOARDS = {board["uid"]: board for board in dashboards(GrafanaOptions())}
_BUILT_IN_VARIABLES = {"__from", "__to", "__field", "__value"}


def _schema(shared: Path, name: str) -> Draft7Validator:
    text = (shared / "grafana" / "dashboard-schema" / f"{name}.json").read_text(encoding="utf-8")
    return Draft7Validator(json.loads(text))


def _errors(validator: Draft7Validator, document: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(document)]


def _for_schema(board: Json) -> Json:
    """The published type of an annotation's target describes Grafana's own annotations; data sources put their query there."""
    annotations = [{name: value for name, value in one.items() if name != "target"} for one in board["annotations"]["list"]]
    return {**board, "annotations": {"list": annotations}}


@pytest.mark.shared
@pytest.mark.parametrize("uid", _BOARDS)
def test_a_dashboard_is_what_the_published_schema_describes(shared: Path, uid: str) -> None:
    board = _BOARDS[uid]
    assert _errors(_schema(shared, "classic.Dashboard"), _for_schema(board)) == []
    for panel in board["panels"]:
        assert _errors(_schema(shared, f"{panel['type']}.Options"), panel["options"]) == []
        if panel["type"] == "timeseries":
            assert _errors(_schema(shared, "timeseries.FieldConfig"), panel["fieldConfig"]["defaults"]["custom"]) == []


@pytest.mark.shared
@pytest.mark.parametrize("uid", _BOARDS)
def test_a_manifest_is_what_the_published_schema_of_version_2_describes(shared: Path, uid: str) -> None:
    made = manifest(_BOARDS[uid])
    assert (made["apiVersion"], made["metadata"]["name"]) == ("dashboard.grafana.app/v2", uid)
    assert _errors(_schema(shared, "v2.Spec"), made["spec"]) == []
    assert _errors(_schema(shared, "v2.Spec"), {**made["spec"], "elements": {"panel-1": {"kind": "Panle"}}}) != []


@pytest.mark.parametrize("uid", _BOARDS)
def test_a_manifest_asks_and_places_the_same_as_the_classic_dashboard(uid: str) -> None:
    board, spec = _BOARDS[uid], manifest(_BOARDS[uid])["spec"]
    asked = {
        name: [query["spec"]["query"]["spec"]["rawSql"] for query in panel["spec"]["data"]["spec"]["queries"]]
        for name, panel in spec["elements"].items()
    }
    assert asked == {f"panel-{panel['id']}": [target["rawSql"] for target in panel["targets"]] for panel in board["panels"]}
    places = [(one["spec"]["element"]["name"], one["spec"]["x"], one["spec"]["y"]) for one in spec["layout"]["spec"]["items"]]
    assert places == [(f"panel-{panel['id']}", panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert [one["spec"]["name"] for one in spec["variables"]] == [one["name"] for one in board["templating"]["list"]]


@pytest.mark.parametrize("uid", _BOARDS)
def test_every_dashboard_marks_releases_and_leads_to_the_console_and_its_traces(uid: str) -> None:
    board = _BOARDS[uid]
    assert [one["name"] for one in board["annotations"]["list"]] == ["New releases", "Alerts"]
    assert "http://127.0.0.1:4318/" in [link.get("url") for link in board["links"]]
    for panel in board["panels"]:
        assert panel["links"][0]["url"].startswith("http://127.0.0.1:4318/traces?project=${project:percentencode}&from=")
        assert _row_links(panel) == {
            "trace_id": "/traces/${__value.raw}?project=${project:percentencode}",
            "session": "/sessions/${__value.raw:percentencode}?project=${project:percentencode}",
            "user": "/traces?project=${project:percentencode}&user=${__value.raw:percentencode}"
            "&from=${__from:date:iso}&to=${__to:date:iso}",
        }


def _row_links(panel: Json) -> dict[str, str]:
    """The paths in the console that a table's columns lead to, by column."""
    named = {one["matcher"]["options"]: one["properties"] for one in panel["fieldConfig"]["overrides"]}
    found = {name: one["value"][0]["url"] for name, properties in named.items() for one in properties if one["id"] == "links"}
    return {name: url.removeprefix("http://127.0.0.1:4318") for name, url in found.items()}


@pytest.mark.shared
def test_the_schema_refuses_what_is_wrong(shared: Path) -> None:
    board = _for_schema(_BOARDS["spanhouse-overview"])
    validator = _schema(shared, "classic.Dashboard")
    wrong = [
        {**board, "refresh": 5},
        {**board, "panels": [{**board["panels"][0], "colour": "red"}]},
        {**board, "panels": [{**board["panels"][0], "gridPos": {"x": "left"}}]},
    ]
    assert [_errors(validator, one) != [] for one in wrong] == [True, True, True]


@pytest.mark.parametrize("uid", _BOARDS)
def test_a_dashboard_survives_the_sdks_reading_and_writing(uid: str) -> None:
    from grafana_foundation_sdk.models.dashboard import Dashboard  # warns when it is loaded first, so the product loads it

    board = _BOARDS[uid]
    again = json.loads(json.dumps(Dashboard.from_json(board), default=lambda one: one.to_json()))
    assert [panel["targets"] for panel in again["panels"]] == [panel["targets"] for panel in board["panels"]]
    assert [panel["gridPos"] for panel in again["panels"]] == [panel["gridPos"] for panel in board["panels"]]


@pytest.mark.parametrize("uid", _BOARDS)
def test_panels_are_numbered_described_and_do_not_overlap(uid: str) -> None:
    panels = _BOARDS[uid]["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert [panel["title"] for panel in panels if not panel["description"] or not panel["fieldConfig"]["defaults"]["unit"]] == []
    assert [(one["title"], other["title"]) for one, other in combinations(panels, 2) if _overlap(one, other)] == []
    assert [panel["title"] for panel in panels if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24] == []


def _overlap(one: Json, other: Json) -> bool:
    a, b = one["gridPos"], other["gridPos"]
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
    return not (beside or above)


@pytest.mark.parametrize("uid", _BOARDS)
def test_every_query_names_the_data_source_variable_and_one_ref_id(uid: str) -> None:
    for panel in _BOARDS[uid]["panels"]:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}
        assert [target["refId"] for target in panel["targets"]] == ["A"]


@pytest.mark.parametrize("uid", _BOARDS)
def test_series_are_sorted_by_time_and_every_query_knows_the_range(uid: str) -> None:
    for panel in _BOARDS[uid]["panels"]:
        sql, form = panel["targets"][0]["rawSql"], panel["targets"][0]["format"]
        assert form == (0 if panel["type"] in {"timeseries", "heatmap"} else 1)
        assert form == 1 or re.search(r"ORDER BY time\b", sql)
        # A burn rate and a forecast look back from the range's end as far as they need to.
        assert "$__timeFilter" in sql or "$__toTime" in sql
        assert "--" not in sql


@pytest.mark.parametrize("uid", _BOARDS)
def test_points_lie_as_far_apart_as_in_the_console(uid: str) -> None:
    """So that those of long ranges lie whole hours apart and are read from hours, however wide the screen is."""
    assert {panel["maxDataPoints"] for panel in _BOARDS[uid]["panels"]} == {MAX_POINTS}


@pytest.mark.parametrize("uid", _BOARDS)
def test_every_variable_that_is_used_exists(uid: str) -> None:
    board = _BOARDS[uid]
    known = {variable["name"] for variable in board["templating"]["list"]} | _BUILT_IN_VARIABLES
    used = set(re.findall(r"\$\{(\w+)", json.dumps(board))) | set(re.findall(r", \$(?!__)(\w+)\)", json.dumps(board)))
    assert used - known == set()
    assert {"datasource", "project", "environment", "service", "model", "release"} <= known


def test_every_rule_points_to_a_panel_that_exists() -> None:
    for rule in rule_group(GrafanaOptions())["rules"]:
        panels = {str(panel["id"]) for panel in _BOARDS[rule["annotations"]["__dashboardUid__"]]["panels"]}
        assert rule["annotations"]["__panelId__"] in panels


def test_rules_have_short_unique_uids_and_titles_and_no_frontend_macros() -> None:
    rules = rule_group(GrafanaOptions(project="a project's name, at length"))["rules"]
    for key in ("uid", "title"):
        assert len({rule[key] for rule in rules}) == len(rules)
    assert [rule["uid"] for rule in rules if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rule["uid"])] == []
    queries = [rule["data"][0]["model"]["rawSql"] for rule in rules]
    assert [sql for sql in queries if "$__conditionalAll" in sql or "$__adHoc" in sql or "${" in sql] == []
    assert [sql for sql in queries if "$__timeInterval" in sql or "$__interval" in sql] == []
