"""Turns classic dashboards into manifests of `dashboard.grafana.app/v2`, which Git Sync and Grafana's resource API take.

Must not know panels or files: only the two forms, described by Grafana's schemas of version 13.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanhouse_dashboards.grafana.options import DATASOURCE_TYPE, FOLDER_UID

Json = dict[str, Any]

_API = "dashboard.grafana.app/v2"
# Grafana writes the version of the panel plugin here; any is read.
_VIEW_VERSION = "13.0.0"
_QUERY_VERSION = "v0"
_REFRESHES = {0: "never", 1: "onDashboardLoad", 2: "onTimeRangeChanged"}
_CURSORS = {0: "Off", 1: "Crosshair", 2: "Tooltip"}
_NOTHING = {"text": "", "value": ""}


def manifest(board: Json) -> Json:
    """The classic dashboard as a resource in our folder; queries, layout and links are the same."""
    return {
        "apiVersion": _API,
        "kind": "Dashboard",
        "metadata": {"name": board["uid"], "annotations": {"grafana.app/folder": FOLDER_UID}},
        "spec": _spec(board),
    }


def _spec(board: Json) -> Json:
    return {
        "title": board["title"],
        "description": board["description"],
        "tags": board["tags"],
        "editable": board["editable"],
        "preload": False,
        "cursorSync": _CURSORS[board["graphTooltip"]],
        "links": board["links"],
        "timeSettings": _times(board),
        "variables": [_variable(one) for one in board["templating"]["list"]],
        "annotations": [_annotation(one) for one in board["annotations"]["list"]],
        "elements": {_name(panel): _panel(panel) for panel in board["panels"]},
        "layout": {"kind": "GridLayout", "spec": {"items": [_place(panel) for panel in board["panels"]]}},
    }


def _times(board: Json) -> Json:
    return {
        **board["time"],
        "timezone": board["timezone"],
        "autoRefresh": board["refresh"],
        "autoRefreshIntervals": ["1m", "5m", "15m", "1h"],
        "hideTimepicker": False,
        "fiscalYearStartMonth": board["fiscalYearStartMonth"],
    }


def _variable(classic: Json) -> Json:
    if classic["type"] in ("adhoc", "constant"):
        return _adhoc(classic) if classic["type"] == "adhoc" else _constant(classic)
    spec = {
        "name": classic["name"],
        "label": classic["label"],
        "current": classic.get("current", _NOTHING),
        "options": [],
        "regex": "",
        "multi": classic["multi"],
        "includeAll": classic["includeAll"],
        "hide": "dontHide",
        "skipUrlSync": classic["skipUrlSync"],
        "allowCustomValue": classic["allowCustomValue"],
    }
    if classic["type"] == "datasource":
        own = {"pluginId": classic["query"], "refresh": "onDashboardLoad"}
        return {"kind": "DatasourceVariable", "spec": {**spec, **own}}
    own = {"refresh": _REFRESHES[classic["refresh"]], "sort": "disabled", "query": _query(classic["query"])}
    return {"kind": "QueryVariable", "spec": {**spec, **own}}


def _adhoc(classic: Json) -> Json:
    spec = {
        "name": classic["name"],
        "label": classic["label"],
        "hide": "dontHide",
        "skipUrlSync": classic["skipUrlSync"],
        "allowCustomValue": classic["allowCustomValue"],
        "baseFilters": [],
        "filters": [],
        "defaultKeys": [],
    }
    return {"kind": "AdhocVariable", "group": DATASOURCE_TYPE, "datasource": {"name": "${datasource}"}, "spec": spec}


def _constant(classic: Json) -> Json:
    """A constant is there for the data source, so nobody is shown it."""
    spec = {
        "name": classic["name"],
        "query": classic["query"],
        "current": {"text": classic["query"], "value": classic["query"]},
        "hide": "hideVariable",
        "skipUrlSync": classic["skipUrlSync"],
    }
    return {"kind": "ConstantVariable", "spec": spec}


def _annotation(classic: Json) -> Json:
    same = {name: classic[name] for name in ("name", "enable", "hide", "iconColor")}
    return {"kind": "AnnotationQuery", "spec": {**same, "builtIn": False, "query": _query(classic["target"])}}


def _panel(classic: Json) -> Json:
    links = [{name: link[name] for name in ("title", "url", "targetBlank")} for link in classic["links"]]
    view = {
        "kind": "VizConfig",
        "group": classic["type"],
        "version": _VIEW_VERSION,
        "spec": {"options": classic["options"], "fieldConfig": classic["fieldConfig"]},
    }
    same = {name: classic[name] for name in ("id", "title", "description")}
    return {"kind": "Panel", "spec": {**same, "links": links, "data": _data(classic), "vizConfig": view}}


def _data(classic: Json) -> Json:
    queries = [
        {"kind": "PanelQuery", "spec": {"refId": target["refId"], "hidden": False, "query": _query(target)}}
        for target in classic["targets"]
    ]
    spec = {
        "queries": queries,
        "transformations": _transformations(classic.get("transformations", ())),
        "queryOptions": {"interval": classic["interval"]},
    }
    return {"kind": "QueryGroup", "spec": spec}


def _transformations(classic: Sequence[Json]) -> list[Json]:
    return [{"kind": "Transformation", "group": one["id"], "spec": {"options": one["options"]}} for one in classic]


def _query(target: Json) -> Json:
    """A query of the ClickHouse data source that the dashboard's variable names."""
    return {
        "kind": "DataQuery",
        "group": DATASOURCE_TYPE,
        "version": _QUERY_VERSION,
        "datasource": {"name": "${datasource}"},
        "spec": {name: value for name, value in target.items() if name not in ("refId", "datasource")},
    }


def _place(panel: Json) -> Json:
    at = panel["gridPos"]
    spec = {"x": at["x"], "y": at["y"], "width": at["w"], "height": at["h"]}
    return {"kind": "GridLayoutItem", "spec": {**spec, "element": {"kind": "ElementReference", "name": _name(panel)}}}


def _name(panel: Json) -> str:
    return f"panel-{panel['id']}"
