"""Runs every panel of every Spanhouse dashboard through a Grafana's query API and says which of them answer.

    python deploy/grafana_smoke.py --grafana http://127.0.0.1:3000 --user admin --password ...

A panel with an error, or no panel at all, ends it with 1. An empty answer is an answer: it depends on the data.
Must not know panels: it asks what Grafana holds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from spanhouse_dashboards.macros import ALL, fill

Json = dict[str, Any]

_TIMEOUT_S = 60.0
# As a panel of usual width asks: a point for each pixel or so, and no interval below the rollups' minute.
_MAX_POINTS, _INTERVAL_MS = 600, 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a panel answered: `rows` in all its frames, or an `error` that is not empty."""

    dashboard: str
    panel: str
    rows: int = 0
    error: str = ""


def answers(grafana: httpx2.Client, *, hours: int) -> Iterator[Answer]:
    """Each panel's answer over the last `hours`, with the dashboards' own variables. Raises httpx2.HTTPError."""
    for found in _get(grafana, "/api/search?tag=spanhouse&type=dash-db"):
        board = _get(grafana, f"/api/dashboards/uid/{found['uid']}")["dashboard"]
        variables = {one["name"]: _chosen(one) for one in board["templating"]["list"]}
        source = _source(grafana, variables)
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                asked = {"intervalMs": _INTERVAL_MS, "maxDataPoints": _MAX_POINTS, "datasource": source}
                query = {**target, **asked, "rawSql": fill(target["rawSql"], variables)}
                body = {"from": f"now-{hours}h", "to": "now", "queries": [query]}
                yield _ask(grafana, body, names=(found["uid"], panel["title"]))


def _chosen(variable: Json) -> Any:
    """What a dashboard is saved with: a value, several, or all."""
    value = variable.get("current", {}).get("value", ALL)
    return ALL if value in ([ALL], [], "") else value


def _source(grafana: httpx2.Client, variables: Json) -> Json:
    """The data source that the variable of this name means: the first of its type, where none is chosen."""
    chosen = variables.get("datasource", ALL)
    kind = "grafana-clickhouse-datasource"
    offered = [one for one in _get(grafana, "/api/datasources") if one["type"] == kind]
    fitting = [one for one in offered if chosen in (ALL, one["uid"], one["name"])]
    return {"type": kind, "uid": fitting[0]["uid"] if fitting else str(chosen)}


def _ask(grafana: httpx2.Client, body: Json, *, names: tuple[str, str]) -> Answer:
    dashboard, panel = names
    reply = grafana.post("/api/ds/query", json=body)
    if not reply.headers.get("content-type", "").startswith("application/json"):
        return Answer(dashboard=dashboard, panel=panel, error=f"Grafana answered {reply.status_code} and no JSON")
    found = reply.json()
    results = found.get("results", {}).values()
    error = next((one["error"] for one in results if one.get("error")), "")
    if not error and (reply.is_error or not results):
        error = found.get("message") or f"Grafana answered {reply.status_code} and no result"
    columns = [frame["data"]["values"] for one in results for frame in one.get("frames", ())]
    return Answer(dashboard=dashboard, panel=panel, rows=sum(len(values[0]) for values in columns if values), error=error)


def _get(grafana: httpx2.Client, path: str) -> Any:
    return grafana.get(path).raise_for_status().json()


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line a panel and a total; 0 where every panel answered, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Run every panel of Spanhouse's dashboards through Grafana's query API.")
    parser.add_argument("--grafana", metavar="URL", default="http://127.0.0.1:3000", help="Grafana (default: %(default)s)")
    parser.add_argument("--user", default="admin", help="user (default: %(default)s)")
    parser.add_argument("--password", default="", help="password of --user")
    parser.add_argument("--token", default="", help="service account token, instead of a user")
    parser.add_argument("--hours", type=int, default=24, help="how far back panels look (default: %(default)s)")
    given = parser.parse_args(arguments)
    headers = {"Authorization": f"Bearer {given.token}"} if given.token else {}
    user = None if given.token else (given.user, given.password)
    try:
        with httpx2.Client(base_url=given.grafana, timeout=_TIMEOUT_S, headers=headers, auth=user) as grafana:
            return _report(list(answers(grafana, hours=given.hours)))
    except httpx2.HTTPError as error:
        sys.stderr.write(f"{given.grafana} could not be asked: {error}; check address, user and password\n")
        return 1


def _report(found: Sequence[Answer]) -> int:
    for one in found:
        outcome = f"failed: {one.error}" if one.error else f"{one.rows} rows" if one.rows else "no data"
        sys.stdout.write(f"{one.dashboard:<22} {one.panel:<32} {outcome}\n")
    failed = sum(bool(one.error) for one in found)
    sys.stdout.write(
        f"{len(found)} panels, {failed} failed, {sum(not one.rows and not one.error for one in found)} without data\n"
    )
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
