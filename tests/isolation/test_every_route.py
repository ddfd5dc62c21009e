"""No route shows or changes another project's data, whatever the request names; a route that nobody thought of fails here."""

from __future__ import annotations

import grpc
import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from spanhouse_collector.api.clickhouse_http import GatewayParts, create_gateway
from spanhouse_collector.model import Scope
from spanhouse_collector.otlp import grpc_server
from spanhouse_collector.otlp import http as otlp_http
from spanhouse_collector.settings import GatewaySettings
from spanhouse_dashboards.panels import PAGES, Page, panels_of
from tests.isolation.attempts import MARK, OPEN, OTLP, READING, STATEMENTS, TRACE_ID, WRITING, Attempt, headers
from tests.isolation.conftest import THIEF, VICTIM, House
from tests.otlp.messages import gauge, logs, metrics, record, span, traces
from tests.otlp.sender import TABLES

pytestmark = [pytest.mark.store, pytest.mark.net]

Route = tuple[str, str]
_OTLP_ROUTES = {("POST", path) for path in otlp_http.PATHS}


def test_every_route_of_the_server_is_among_those_tried(house: House) -> None:
    served = {
        (method, route.path)
        for route in iter_route_contexts(house.server.service._app.routes)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == (OPEN - {("GET", "/ping"), ("GET", "/replicas_status")}) | set(READING) | set(WRITING) | _OTLP_ROUTES


def test_every_route_of_the_clickhouse_port_is_among_those_tried(house: House) -> None:
    service = house.server.service
    gateway = create_gateway(GatewayParts(store=service.store, access=service._access, settings=GatewaySettings()))
    served = {(method, route.path) for route in gateway.routes for method in route.methods - {"HEAD"}}  # type: ignore[attr-defined]
    assert served == STATEMENTS | {("GET", "/ping"), ("GET", "/replicas_status")}


def test_every_grpc_service_is_among_those_tried() -> None:
    assert set(grpc_server._SERVICES.values()) == {f"opentelemetry.proto.collector.{name}" for name in OTLP.values()}


@pytest.mark.parametrize("route", READING, ids=" ".join)
def test_reading_shows_nothing_of_another_project(house: House, route: Route) -> None:
    attempt = READING[route]
    own = house.ask(route, attempt, by=VICTIM)
    assert own.status_code == 200, own.text
    assert (MARK in own.text) or not attempt.shows
    cursor = own.json().get("next_cursor", "") if own.headers["content-type"] == "application/json" else ""
    for query in (
        {},
        {"project": VICTIM},
        {"cursor": cursor},
        {"limit": "1000"},
        {"trace_id": TRACE_ID},
        {"user": f"{MARK}-user"},
    ):
        answer = house.ask(route, attempt, by=THIEF, **query)
        assert answer.status_code in (200, 400, 404), answer.text
        assert MARK not in _but_for_the_question(answer.text)


def _but_for_the_question(text: str) -> str:
    """A page repeats what was asked for; those texts carry something behind the mark that the victim's rows have too."""
    return text.replace(f"{MARK}-user", "").replace(f"{MARK}-service", "")


_PANEL = ("GET", "/console/panels/{panel_id}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_no_panel_shows_anything_of_another_project(house: House, page: Page) -> None:
    for panel in panels_of(page.id):
        attempt = Attempt(path={"panel_id": panel.id})
        assert MARK not in house.ask(_PANEL, attempt, by=THIEF).text, panel.id


def test_panels_show_their_own_project(house: House) -> None:
    asked = [Attempt(path={"panel_id": panel.id}) for panel in panels_of("cost")]
    assert sum(MARK in house.ask(_PANEL, attempt, by=VICTIM).text for attempt in asked) > 3


def _victims_state(house: House) -> dict[Route, str]:
    """What the victim sees of what can be written."""
    lists = (
        "/api/v1/prices/overrides",
        "/api/v1/prices/repricings",
        "/api/v1/keys",
        "/api/v1/scores",
        "/api/v1/alerts",
        "/api/v1/alerts/silences",
        "/api/v1/spans",
    )
    return {("GET", path): house.ask(("GET", path), Attempt(), by=VICTIM).text for path in lists}


@pytest.mark.parametrize("route", WRITING, ids=" ".join)
def test_writing_leaves_another_project_as_it_was(house: House, route: Route) -> None:
    before = _victims_state(house)
    answer = house.ask(route, WRITING[route], by=THIEF)
    assert answer.status_code in (200, 201, 202, 204, 400, 404), answer.text
    assert MARK not in answer.text
    assert _victims_state(house) == before


@pytest.mark.parametrize("signal", OTLP)
def test_what_is_sent_belongs_to_the_key_s_project_whatever_it_says(house: House, signal: str) -> None:
    names = {"project": VICTIM, "openinference.project.name": VICTIM, "spanhouse.project": VICTIM, "service.name": VICTIM}
    told = {"resource": names, "scope": names}
    request = {
        "traces": traces(span("stolen", names), **told),
        "logs": logs(record("stolen", names), **told),
        "metrics": metrics(gauge("stolen", 1.0, names), **told),
    }[signal]
    rows = house.rows()
    before = {sql: found for sql, found in rows.items() if VICTIM.encode() in found}
    (table,) = (sql for sql in rows if f"`{TABLES[signal]}`" in sql)
    sent = {**headers(house.keys[THIEF], VICTIM), "content-type": "application/x-protobuf"}
    body = request.SerializeToString()
    for path in (path for path, taken in otlp_http.PATHS.items() if taken == signal):
        assert httpx2.post(f"{house.server.http_url}{path}", content=body, headers=sent).status_code == 200
    with grpc.insecure_channel(house.server.grpc_address) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/opentelemetry.proto.collector.{OTLP[signal]}/Export"
        )
        export(body, metadata=tuple((name, value) for name, value in sent.items() if name != "content-type"))
    after = house.rows()
    assert {sql: _of(VICTIM, rows) for sql, rows in before.items()} == {sql: _of(VICTIM, after[sql]) for sql in before}
    assert _of(THIEF, after[table]) != _of(THIEF, rows[table])


def _of(project: str, rows: bytes) -> list[bytes]:
    return [line for line in rows.splitlines() if line.startswith(project.encode())]


def test_without_a_key_only_what_is_open_answers(house: House) -> None:
    for method, path in (*READING, *WRITING, *_OTLP_ROUTES):
        url = house.server.http_url + path.replace("{", "").replace("}", "")
        body = {} if method == "GET" else {"json": WRITING.get((method, path), READING.get((method, path), Attempt())).body}
        answer = httpx2.request(method, url, **body)
        assert answer.status_code in (400, 401, 415, 422), (method, path, answer.text)
        assert MARK not in answer.text


def test_a_key_for_sending_reads_nothing_and_one_for_reading_writes_nothing(house: House) -> None:
    keys = house.server.service.keys
    for scope, routes in ((Scope.INGEST, READING), (Scope.READ, WRITING)):
        narrow = House(server=house.server, keys={VICTIM: keys.create(VICTIM, scope)})
        for route, attempt in routes.items():
            answer = narrow.ask(route, attempt, by=VICTIM)
            assert answer.status_code == 403, (scope, route, answer.status_code)
            assert MARK not in answer.text
