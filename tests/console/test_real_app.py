"""The console on the real service: what the other rooms know reaches its pages, and keys decide what they offer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from spanhouse_collector.model import Scope
from spanhouse_server.settings import Settings
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net]

_JOBS = "[quality]\nsettle_s = 0\ninterval_s = 1\n[[evaluator]]\nname = 'refusal'\n"
_WAIT_S = 15.0
_BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def service(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with every role, one cheap evaluator, and keys, so that what a key may do shows."""
    folder = tmp_path_factory.mktemp("console")
    (folder / "evaluators.toml").write_text(_JOBS)
    settings = Settings(
        data=folder / "data",
        store=engine_url,
        database="console_real",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        evaluators=str(folder / "evaluators.toml"),
    )
    with running(settings) as server:
        yield server


@pytest.fixture
def admin(service: Server) -> Iterator[httpx2.Client]:
    with client(service, Scope.ADMIN) as found:
        yield found


def client(service: Server, scope: Scope) -> httpx2.Client:
    key = service.service.keys.create("default", scope)
    return httpx2.Client(base_url=service.http_url, headers={"x-api-key": key, **_BROWSER}, timeout=20)


def words(reply: httpx2.Response) -> str:
    assert reply.status_code == 200, reply.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", reply.text))


def attributes(**values: str | int) -> list[dict[str, Any]]:
    """OTLP's JSON of attributes, their names with `_` for `.`."""
    return [
        {"key": name.replace("_", "."), "value": {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}}
        for name, value in values.items()
    ]


def send(admin: httpx2.Client) -> None:
    """A call of a model with a secret in its prompt, and an SDK's word that it lost spans."""
    now_ns = time.time_ns()
    resource = {"attributes": attributes(service_name="shop")}
    span = {
        "traceId": "5" * 32,
        "spanId": "5" * 16,
        "name": "chat",
        "startTimeUnixNano": str(now_ns - 10**9),
        "endTimeUnixNano": str(now_ns),
        "attributes": [
            *attributes(note="key sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"),
            {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
            {"key": "gen_ai.output.messages", "value": {"stringValue": '[{"role":"assistant","parts":[]}]'}},
        ],
    }
    lost: dict[str, str | int] = {"spanhouse_sdk_signal": "spans", "spanhouse_sdk_reason": "full", "spanhouse_sdk_count": 42}
    log = {"timeUnixNano": str(now_ns), "eventName": "spanhouse.sdk.dropped", "attributes": attributes(**lost)}
    for path, body in (
        ("/v1/traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}),
        ("/v1/logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [log]}]}]}),
    ):
        assert admin.post(path, json=body).status_code == 200


def test_the_pages_show_what_the_service_has_counted_and_where_evaluators_stand(service: Server, admin: httpx2.Client) -> None:
    send(admin)
    service.settled()
    system = words(admin.get("/system"))
    assert "shop spans full 42" in system
    assert re.search(r"Redacted \S+ 1 ", system)
    deadline_s = time.monotonic() + _WAIT_S
    while not re.search(r"refusal version \d+ quality (now|\d+ s ago) [\d.]+ m?s", words(admin.get("/evaluators"))):
        assert time.monotonic() < deadline_s, words(admin.get("/evaluators"))
        time.sleep(0.1)


def test_a_page_that_is_not_there_is_a_page_for_browsers_and_json_for_programs(admin: httpx2.Client) -> None:
    page = admin.get("/no/such/<page>")
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "There is no page at /no/such/&lt;page&gt;; the overview leads to all there are." in page.text
    for path, headers in (("/no/such", {"accept": "application/json"}), ("/no/such", {"accept": "*/*"}), ("/api/v1/none", {})):
        reply = admin.get(path, headers=headers)
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/json")
        assert reply.json()["error"].startswith(f"there is nothing at {path};")
    assert admin.post("/livez").json()["error"].startswith("/livez takes no POST;")


def test_a_silence_stands_on_the_page_and_only_who_may_end_it_gets_the_button(service: Server, admin: httpx2.Client) -> None:
    body = {"rule": "llm-error-rate", "minutes": 60, "reason": "planned work"}
    made = admin.post("/api/v1/alerts/silences", json=body).json()["id"]
    address = f'action="/api/v1/alerts/silences/{made}"'
    page = admin.get("/alerts")
    assert "planned work" in words(page)
    assert address in page.text
    with client(service, Scope.READ) as reader:
        page = reader.get("/alerts")
        assert "planned work" in words(page)
        assert address not in page.text
    assert admin.delete(f"/api/v1/alerts/silences/{made}").status_code == 204
    assert "None: whoever is to be told is told." in words(admin.get("/alerts"))
