"""Pages that send OTLP from a browser; B01 is the identifier of the conformance checklist (OTLP 1.11)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from spanhouse_collector.model import Scope
from spanhouse_server.settings import Settings
from tests.otlp.messages import one_of
from tests.otlp.sender import PROTOBUF, TABLES, Sender
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net]

PAGE = "https://app.example.org"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture(scope="module")
def open_server(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets pages of PAGE send."""
    settings = Settings(
        data=tmp_path_factory.mktemp("browser"),
        store=engine_url,
        database="browser",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector",
        cors_origins=f"https://other.example, {PAGE}",
    )
    with running(settings) as server:
        server.service.keys.create("any", Scope.INGEST)  # from the first key on, a wrong one is refused
        yield server
        server.settled()


def preflight(server: Server, path: str, origin: str) -> httpx2.Response:
    return httpx2.options(f"{server.http_url}{path}", headers={"Origin": origin, **ASKS})


@pytest.mark.parametrize("signal", TABLES)
def test_B01_a_page_of_an_allowed_origin_may_send(open_server: Server, signal: str) -> None:
    asked = preflight(open_server, f"/v1/{signal}", PAGE)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"], asked.headers["Vary"]) == (204, PAGE, "Origin")
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    headers = set(asked.headers["Access-Control-Allow-Headers"].split(", "))
    assert headers >= {"content-type", "authorization", "x-api-key", "traceparent"}

    key = open_server.service.keys.create("page", Scope.INGEST)
    sent = httpx2.post(
        f"{open_server.http_url}/v1/{signal}",
        content=one_of(signal, "page").SerializeToString(),
        headers={"Content-Type": PROTOBUF, "Authorization": f"Bearer {key}", "Origin": PAGE},
    )
    assert (sent.status_code, sent.headers["Access-Control-Allow-Origin"]) == (200, PAGE)


def test_B01_a_page_can_read_why_it_was_refused(open_server: Server) -> None:
    refused = httpx2.post(
        f"{open_server.http_url}/v1/traces", headers={"Content-Type": PROTOBUF, "X-Api-Key": "wrong", "Origin": PAGE}
    )
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, PAGE)


@pytest.mark.parametrize("origin", ["https://app.example.org.evil.example", "http://app.example.org", "null", "*"])
def test_B01_a_page_of_another_origin_may_not(open_server: Server, origin: str) -> None:
    asked = preflight(open_server, "/v1/traces", origin)
    assert asked.status_code == 403
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_B01_credentials_of_the_browser_never_go_along(open_server: Server) -> None:
    asked = preflight(open_server, "/v1/traces", PAGE)
    assert "Access-Control-Allow-Credentials" not in asked.headers


@pytest.mark.parametrize("path", ["/api/v1/spans", "/livez", "/metrics"])
def test_B01_an_allowed_page_may_send_and_nothing_else(open_server: Server, path: str) -> None:
    read = httpx2.get(f"{open_server.http_url}{path}", headers={"Origin": PAGE})
    assert read.status_code == 403
    assert "Access-Control-Allow-Origin" not in read.headers


def test_B01_cross_origin_requests_are_not_invited_unless_configured(sender: Sender) -> None:
    asked = preflight(sender.server, "/v1/traces", PAGE)
    assert "Access-Control-Allow-Origin" not in asked.headers
    sent = sender.post(one_of("traces", "page"), origin=PAGE)
    assert sent.status_code == 403
