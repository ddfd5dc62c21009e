"""The part of Grafana that answers panels: dashboards by search and UID, data sources, and `/api/ds/query`.

It stands in for the API's shape; what a query gives comes from the real engine, expanded as the plugin does.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import Store
from tests.contract.plugin import run, window
from tests.dashboards.seeds import NOON

Json = dict[str, Any]
PASSWORD = "admin's"
_SOURCE = {"uid": "spanhouse-clickhouse", "name": "Spanhouse", "type": "grafana-clickhouse-datasource"}


class QueryApi(ThreadingHTTPServer):
    """`asked` are the bodies that came to the query API. "now" is noon of the seeds' day."""

    daemon_threads = True

    def __init__(self, store: Store, boards: list[Json]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._store = store
        self.boards = {board["uid"]: board for board in boards}
        self.asked: list[Json] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def get(self, path: str) -> tuple[int, Any]:
        if path.startswith("/api/search?"):
            return 200, [{"uid": uid, "title": board["title"]} for uid, board in self.boards.items()]
        if path == "/api/datasources":
            return 200, [{"uid": "other", "name": "Other", "type": "prometheus"}, _SOURCE]
        return 200, {"dashboard": self.boards[path.rpartition("/")[2]], "meta": {}}

    def query(self, body: Json) -> tuple[int, Any]:
        self.asked.append(body)
        (query,) = body["queries"]
        assert query["datasource"]["uid"] == _SOURCE["uid"]
        hours = int(body["from"].removeprefix("now-").removesuffix("h"))
        span = window(NOON.replace(hour=NOON.hour - hours), NOON, interval_s=query["intervalMs"] // 1000)
        try:
            rows = run(self._store, query["rawSql"], window=span, variables={})
        except SpanhouseError as error:
            return 400, {"results": {query["refId"]: {"status": 400, "error": str(error), "frames": []}}}
        values = [[str(row[name]) for row in rows] for name in rows[0]] if rows else []
        return 200, {"results": {query["refId"]: {"status": 200, "frames": [{"schema": {}, "data": {"values": values}}]}}}


class _Handler(BaseHTTPRequestHandler):
    server: QueryApi

    def do_GET(self) -> None:
        self._answer(*(self.server.get(self.path) if self._is_known() else (401, {"message": "Unauthorized"})))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*self.server.query(body))

    def _is_known(self) -> bool:
        user = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        return self.headers["Authorization"] == f"Basic {user}"

    def _answer(self, status: int, found: Any) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def serve_queries(store: Store, boards: list[Json]) -> Iterator[QueryApi]:
    """The server while the block runs."""
    server = QueryApi(store, boards)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
