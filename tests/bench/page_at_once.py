"""Pages of a running server as people meet them: alone, or with all panels at once, asked by the console or by Grafana."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from spanhouse_dashboards.grafana.build import dashboards
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.macros import ALL, Value, expand, fill
from spanhouse_dashboards.panels import FILTERS, TimeRange, choose_interval_s, panels_of
from spanhouse_dashboards.panels.run import window_of
from tests.bench.server import Server

# What a browser opens to one server of HTTP/1.1; Grafana's server has no such limit, but a page has 12 panels at most.
_BROWSER_CONNECTIONS = 6
_GRAFANA_QUERIES = 12
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who opens pages of a server."""

    server: Server
    time_range: TimeRange

    def console_ms(self, page: str) -> float:
        """The page, and then its panels over a browser's six connections, until all are there."""
        ends = {"from": self.time_range.start.isoformat(), "to": self.time_range.end.isoformat()}
        paths = [f"/console/panels/{panel.id}" for panel in panels_of(page) if panel.kind != "stat"]
        address = f"http://127.0.0.1:{self.server.port}"
        with _client(self.server) as client:
            started = time.monotonic()
            client.get(address + ("/" if page == "overview" else f"/{page}"), params=ends).raise_for_status()
            _all(client, [(address + path, ends) for path in paths], at_once=_BROWSER_CONNECTIONS)
            return (time.monotonic() - started) * 1000

    def grafana_ms(self, page: str) -> float:
        """The page's queries on the ClickHouse port, all at once, until all are answered."""
        address = f"http://127.0.0.1:{self.server.clickhouse_port}/"
        asked = [{"query": f"{sql} FORMAT Native", "enable_http_compression": "1"} for sql in self._queries(page)]
        with _client(self.server) as client:
            started = time.monotonic()
            _all(client, [(address, params) for params in asked], at_once=_GRAFANA_QUERIES)
            return (time.monotonic() - started) * 1000

    def _queries(self, page: str) -> list[str]:
        variables: dict[str, Value] = {"project": "default", **dict.fromkeys(FILTERS, ALL)}
        window = window_of(self.time_range, interval_s=choose_interval_s(self.time_range))
        board = next(one for one in dashboards(GrafanaOptions()) if one["uid"].endswith(page))
        targets = [target for panel in board["panels"] for target in panel.get("targets", ())]
        return [expand(fill(target["rawSql"], variables), window) for target in targets]


@contextmanager
def reader(server: Server) -> Iterator[Callable[[str], str]]:
    """Gets the text of one page after the other over one connection, as a browser that stays open does."""
    with _client(server) as client:
        yield lambda path: client.get(f"http://127.0.0.1:{server.port}{path}").raise_for_status().text


def _client(server: Server) -> httpx2.Client:
    return httpx2.Client(headers={"Authorization": f"Bearer {server.key}"}, timeout=_TIMEOUT_S)


def _all(client: httpx2.Client, asked: Sequence[tuple[str, Mapping[str, str]]], *, at_once: int) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        for answer in pool.map(lambda one: client.get(one[0], params=one[1]), asked):
            answer.raise_for_status()
