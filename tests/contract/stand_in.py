"""A stand-in for a Grafana server: keeps what it is sent, refuses what Grafana's API description does not allow.

It stands in for the API's shape and the references between things, not for Grafana's behaviour.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

TOKEN = "secret"
Json = dict[str, Any]
Answer = tuple[int, Any]


def description(path: Path) -> OpenAPI:
    """Grafana's API description, ready to validate requests; takes some seconds."""
    return OpenAPI.from_dict(json.loads(path.read_text(encoding="utf-8")))


class StandIn(ThreadingHTTPServer):
    """`violations` are the requests that broke the description; `writes` those that would have changed something."""

    daemon_threads = True

    def __init__(self, api: OpenAPI, *, below: str = "") -> None:
        """`below` is the path, such as /grafana, that all others begin with."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self._api = api
        self._below = below
        self.violations: list[str] = []
        self.writes: list[tuple[str, str]] = []
        self.folders: dict[str, Json] = {}
        self.datasources: dict[str, Json] = {}
        self.dashboards: dict[str, Json] = {}
        self.contact_points: dict[str, Json] = {}
        self.mute_timings: dict[str, Json] = {}
        self.groups: dict[tuple[str, str], Json] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self._below}"

    def answer(self, method: str, path: str, *, body: bytes, authorization: str) -> Answer:
        """The status and JSON for a request; writes are validated before anything is kept."""
        if authorization != f"Bearer {TOKEN}":
            return 401, {"message": "Unauthorized"}
        if not path.startswith(f"{self._below}/"):
            return 404, {"message": "Not found"}
        path = path.removeprefix(self._below)
        if method != "GET":
            self.writes.append((method, path))
        content_type = "application/json" if body else ""
        headers = {"Authorization": authorization}
        request = MockRequest(
            self.url.removesuffix(self._below),
            method.lower(),
            path,
            headers=headers,
            data=body or None,
            content_type=content_type,
        )
        try:
            self._api.validate_request(request)
        except OpenAPIError as error:
            reason = f"{method} {path}: {error} {error.__cause__ or ''}"
            self.violations.append(reason)
            return 400, {"message": reason}
        for pattern, verb, handler in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                return handler(self, *match.groups(), **({"body": json.loads(body)} if body else {}))
        self.violations.append(f"{method} {path}: the stand-in has no such route")
        return 404, {"message": "no such route"}

    def get_folder(self, uid: str) -> Answer:
        return _found(self.folders.get(uid))

    def create_folder(self, *, body: Json) -> Answer:
        self.folders[body["uid"]] = {**body, "id": 7, "version": 1}
        return 200, self.folders[body["uid"]]

    def get_datasource(self, uid: str) -> Answer:
        return _found(self.datasources.get(uid))

    def put_datasource(self, uid: str = "", *, body: Json) -> Answer:
        secrets = dict.fromkeys(body.pop("secureJsonData", {}), True)
        self.datasources[uid or body["uid"]] = {**body, "id": 3, "version": 1, "secureJsonFields": secrets}
        return 200, {"message": "Datasource added"}

    def get_dashboard(self, uid: str) -> Answer:
        return _found(self.dashboards.get(uid))

    def save_dashboard(self, *, body: Json) -> Answer:
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        board = {**body["dashboard"], "id": 11, "version": 1}
        self.dashboards[board["uid"]] = {"dashboard": board, "meta": {"folderUid": body["folderUid"], "canSave": True}}
        return 200, {"uid": board["uid"], "status": "success"}

    def search(self) -> Answer:
        boards = (stored["dashboard"] for stored in self.dashboards.values())
        return 200, [{"type": "dash-db", "tags": [], **_parts(board, "uid", "title", "tags")} for board in boards]

    def delete_dashboard(self, uid: str) -> Answer:
        return _found(self.dashboards.pop(uid, None))

    def delete_contact_point(self, uid: str) -> Answer:
        return _found(self.contact_points.pop(uid, None))

    def get_contact_points(self) -> Answer:
        return 200, list(self.contact_points.values())

    def put_contact_point(self, uid: str = "", *, body: Json) -> Answer:
        self.contact_points[uid or body["uid"]] = {**body, "provenance": "api"}
        return 202, body

    def get_mute_timings(self) -> Answer:
        return 200, list(self.mute_timings.values())

    def get_mute_timing(self, name: str) -> Answer:
        return _found(self.mute_timings.get(name))

    def put_mute_timing(self, name: str = "", *, body: Json) -> Answer:
        self.mute_timings[name or body["name"]] = {**body, "version": "0123456789abcdef", "provenance": "api"}
        return 202, body

    def delete_mute_timing(self, name: str) -> Answer:
        if name in {muted for group in self.groups.values() for rule in group["rules"] for muted in _muted_by(rule)}:
            return 409, {"message": "the time interval is used"}
        return _found(self.mute_timings.pop(name, None))

    def get_group(self, folder: str, name: str) -> Answer:
        return _found(self.groups.get((folder, name)))

    def put_group(self, folder: str, name: str, *, body: Json) -> Answer:
        receivers = {rule["notification_settings"]["receiver"] for rule in body["rules"] if "notification_settings" in rule}
        if folder not in self.folders or receivers - {point["name"] for point in self.contact_points.values()}:
            return 400, {"message": "folder or receiver not found"}
        if {name for rule in body["rules"] for name in _muted_by(rule)} - set(self.mute_timings):
            return 400, {"message": "mute timing not found"}
        rules = [{**rule, "id": number, "provenance": "api"} for number, rule in enumerate(body["rules"], 1)]
        self.groups[folder, name] = {**body, "rules": rules}
        return 200, self.groups[folder, name]


def _muted_by(rule: Json) -> list[str]:
    names: list[str] = rule.get("notification_settings", {}).get("mute_time_intervals", [])
    return names


def _parts(thing: Json, *names: str) -> Json:
    return {name: thing[name] for name in names if name in thing}


def _found(thing: Json | None) -> Answer:
    return (200, thing) if thing is not None else (404, {"message": "not found"})


_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    (r"/api/folders/([\w-]+)", "GET", StandIn.get_folder),
    (r"/api/folders", "POST", StandIn.create_folder),
    (r"/api/datasources/uid/([\w-]+)", "GET", StandIn.get_datasource),
    (r"/api/datasources", "POST", StandIn.put_datasource),
    (r"/api/datasources/uid/([\w-]+)", "PUT", StandIn.put_datasource),
    (r"/api/dashboards/uid/([\w-]+)", "GET", StandIn.get_dashboard),
    (r"/api/dashboards/db", "POST", StandIn.save_dashboard),
    (r"/api/search", "GET", StandIn.search),
    (r"/api/dashboards/uid/([\w-]+)", "DELETE", StandIn.delete_dashboard),
    (r"/api/v1/provisioning/contact-points/([\w-]+)", "DELETE", StandIn.delete_contact_point),
    (r"/api/v1/provisioning/contact-points", "GET", StandIn.get_contact_points),
    (r"/api/v1/provisioning/contact-points", "POST", StandIn.put_contact_point),
    (r"/api/v1/provisioning/contact-points/([\w-]+)", "PUT", StandIn.put_contact_point),
    (r"/api/v1/provisioning/mute-timings", "GET", StandIn.get_mute_timings),
    (r"/api/v1/provisioning/mute-timings", "POST", StandIn.put_mute_timing),
    (r"/api/v1/provisioning/mute-timings/([\w-]+)", "GET", StandIn.get_mute_timing),
    (r"/api/v1/provisioning/mute-timings/([\w-]+)", "PUT", StandIn.put_mute_timing),
    (r"/api/v1/provisioning/mute-timings/([\w-]+)", "DELETE", StandIn.delete_mute_timing),
    (r"/api/v1/provisioning/folder/([\w-]+)/rule-groups/([\w-]+)", "GET", StandIn.get_group),
    (r"/api/v1/provisioning/folder/([\w-]+)/rule-groups/([\w-]+)", "PUT", StandIn.put_group),
]


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        authorization = self.headers.get("Authorization", "")
        status, answer = self.server.answer(self.command, path, body=body, authorization=authorization)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - the names http.server looks for

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the test's output clean."""


@contextmanager
def serve(api: OpenAPI, *, below: str = "") -> Iterator[StandIn]:
    """A stand-in that answers until the end of the block, under the path `below`."""
    server = StandIn(api, below=below)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
