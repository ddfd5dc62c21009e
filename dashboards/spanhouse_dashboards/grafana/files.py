"""Writes what Grafana's file provisioning reads: data source, dashboards with their provider, rules, contacts, mute timings.

The same dashboards as manifests of version 2 lie beside them, in `manifests`, for Git Sync; file provisioning looks elsewhere.
Must not know a running Grafana. Notification policies are left out on purpose: such a file takes over the whole tree.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from spanhouse_dashboards.grafana.build import Json, dashboards, rule_group
from spanhouse_dashboards.grafana.contacts import contact_points, mute_timings
from spanhouse_dashboards.grafana.datasource import datasource
from spanhouse_dashboards.grafana.manifests import manifest
from spanhouse_dashboards.grafana.options import FOLDER_TITLE, FOLDER_UID, GrafanaOptions

# Where Grafana's image looks for provisioning files; the folder written here is meant to lie there.
_PROVISIONING = "/etc/grafana/provisioning"
_HEADER = "# Written by `spanhouse provision`; changes are lost when it runs again.\n"


def write_provisioning(out_dir: Path, options: GrafanaOptions | None = None) -> list[Path]:
    """Writes the files below `out_dir`, which becomes Grafana's provisioning folder, and returns their paths in order.

    May be called again; files it wrote before are replaced, others are left alone.
    """
    options = options or GrafanaOptions()
    boards = dashboards(options)
    texts = {
        "datasources/spanhouse.yaml": _yaml({"apiVersion": 1, "prune": True, "datasources": [_file_datasource(options)]}),
        "dashboards/spanhouse.yaml": _yaml({"apiVersion": 1, "providers": [_provider()]}),
        **{f"dashboards/spanhouse/{board['uid']}.json": _json(board) for board in boards},
        **{f"manifests/{board['uid']}.json": _json(manifest(board)) for board in boards},
        "alerting/spanhouse.yaml": _yaml(alerting_file(options)),
    }
    paths = []
    for name, text in texts.items():
        path = out_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def alerting_file(options: GrafanaOptions) -> Json:
    """The rules, contact points and mute timings in the shape of an alerting provisioning file."""
    group = rule_group(options)
    found: Json = {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": group["title"],
                "folder": FOLDER_TITLE,
                "interval": f"{group['interval']}s",
                "rules": [_file_rule(rule) for rule in group["rules"]],
            }
        ],
    }
    points = contact_points(options.book.contacts)
    if points:
        found["contactPoints"] = [_file_contact(point) for point in points]
    timings = mute_timings(options.book.mute_timings)
    if timings:
        found["muteTimes"] = [{"orgId": 1, **timing} for timing in timings]
    return found


def _file_rule(rule: Json) -> Json:
    """A rule of the API in the keys that files use; text outside queries and annotations has its dollars escaped."""
    annotations = dict(rule["annotations"])
    found = {
        "uid": rule["uid"],
        "title": _escaped(rule["title"]),
        "condition": rule["condition"],
        "data": rule["data"],
        "dashboardUid": annotations.pop("__dashboardUid__"),
        "panelId": int(annotations.pop("__panelId__")),
        "noDataState": rule["noDataState"],
        "execErrState": rule["execErrState"],
        "for": rule["for"],
        "keepFiringFor": rule["keep_firing_for"],
        "missing_series_evals_to_resolve": rule["missingSeriesEvalsToResolve"],
        "labels": {name: _escaped(text) for name, text in rule["labels"].items()},
        "annotations": annotations,
    }
    if "notification_settings" in rule:
        found["notification_settings"] = rule["notification_settings"]
    return found


def _file_contact(point: Json) -> Json:
    receiver = {"uid": point["uid"], "type": point["type"], "settings": point["settings"]}
    return {"orgId": 1, "name": point["name"], "receivers": [receiver]}


def _file_datasource(options: GrafanaOptions) -> Json:
    return {**datasource(options), "orgId": 1, "editable": False}


def _provider() -> Json:
    return {
        "name": "spanhouse",
        "orgId": 1,
        "folder": FOLDER_TITLE,
        "folderUid": FOLDER_UID,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": f"{_PROVISIONING}/dashboards/spanhouse", "foldersFromFilesStructure": False},
    }


def _escaped(text: str) -> str:
    """Files replace `$NAME` by environment variables; two dollars are one."""
    return text.replace("$", "$$")


def _yaml(document: Json) -> str:
    return _HEADER + yaml.dump(document, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True, width=120)


def _json(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _BlockDumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that SQL stays readable."""


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_BlockDumper.add_representer(str, _text)
