"""Alerts over HTTP, on the real service: who may hush what, and what a rule would have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from spanhouse_collector.model import Scope
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.rounds import Segment
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_server.settings import Settings
from tests.dashboards.seeds import call, store_calls
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net]

_PROJECT = "alert-api"


@pytest.fixture(scope="module")
def service(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a console and no jobs, so that nothing happens but what a test does."""
    settings = Settings(
        data=tmp_path_factory.mktemp("alerts"),
        store=engine_url,
        database="alert_api",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector,console",
    )
    with running(settings) as server:
        yield server


@pytest.fixture
def client(service: Server) -> Iterator[httpx2.Client]:
    """Someone who may do anything in a project of this file's own."""
    with _client(service, Scope.ADMIN) as client:
        yield client


def _client(service: Server, scope: Scope) -> httpx2.Client:
    key = service.service.keys.create(_PROJECT, scope)
    return httpx2.Client(base_url=f"{service.http_url}/api/v1", headers={"x-api-key": key}, timeout=20)


def test_a_silence_is_made_listed_and_ended(client: httpx2.Client) -> None:
    body = {"rule": "llm-error-rate", "segment": {"model": "small"}, "minutes": 60, "reason": "planned"}
    made = client.post("/alerts/silences", json=body)
    assert made.status_code == 201
    assert client.get("/alerts/silences").json() == {"silences": [made.json()]}
    assert made.json() | {"rule": "llm-error-rate", "segment": {"model": "small"}, "reason": "planned"} == made.json()
    assert client.delete(f"/alerts/silences/{made.json()['id']}").status_code == 204
    assert client.get("/alerts/silences").json() == {"silences": []}
    assert client.post("/alerts/silences", json={**body, "rule": "nothing"}).status_code == 404
    assert client.post("/alerts/silences", json={**body, "reason": " "}).status_code == 400
    assert client.delete("/alerts/silences/987654").status_code == 404


def test_what_people_write_is_kept_without_secrets(service: Server, client: httpx2.Client) -> None:
    secret = "sk-proj-" + "a1B2c3D4" * 6
    made = client.post("/alerts/silences", json={"minutes": 1, "reason": f"rotating {secret} now"}).json()
    assert client.delete(f"/alerts/silences/{made['id']}").status_code == 204
    now = datetime.now(UTC)
    instance = Instance(state="firing", active_since=now, breached_at=now, value=0.5)
    with service.service.state.transaction() as connection:
        records.replace_instances(connection, project=_PROJECT, rule="llm-error-rate", found={(("service", "a"),): instance})
    client.post("/alerts/llm-error-rate/acknowledge", json={"by": "ann", "note": f"it was {secret}"})
    (alert,) = client.get("/alerts").json()["alerts"]
    kept = (made["reason"], alert["acknowledged"]["note"])
    assert [secret in text for text in kept] == [False, False]
    assert kept[0].startswith("rotating ")
    assert kept[0].endswith(" now")


def test_who_may_only_read_hushes_nothing(service: Server) -> None:
    with _client(service, Scope.READ) as reader:
        assert reader.get("/alerts").status_code == 200
        assert reader.post("/alerts/silences", json={"minutes": 1, "reason": "x"}).status_code == 403
        assert reader.post("/alerts/llm-error-rate/acknowledge", json={"by": "ann"}).status_code == 403


def test_what_fires_is_listed_with_who_looks_after_it(service: Server, client: httpx2.Client) -> None:
    now = datetime.now(UTC)
    instance = Instance(state="firing", active_since=now, breached_at=now, value=0.5)
    standing: dict[Segment, Instance] = {(("service", "support"),): instance}
    with service.service.state.transaction() as connection:
        records.replace_instances(connection, project=_PROJECT, rule="llm-error-rate", found=standing)
    assert client.post("/alerts/llm-error-rate/acknowledge", json={"by": "ann", "note": "on it"}).json() == {
        "segments": [{"service": "support"}]
    }
    (alert,) = client.get("/alerts").json()["alerts"]
    assert (alert["rule"], alert["state"], alert["segment"]) == ("llm-error-rate", "firing", {"service": "support"})
    assert (alert["acknowledged"]["by"], alert["acknowledged"]["note"]) == ("ann", "on it")
    assert client.post("/alerts/llm-latency-p95/acknowledge", json={"by": "ann"}).status_code == 404


def test_a_preview_tells_when_a_rule_would_have_fired_and_what_it_read(service: Server, client: httpx2.Client) -> None:
    outage = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=40)
    calls = [
        call(n, minutes_ago=0, project=_PROJECT, start_time=outage + timedelta(seconds=10 * n), status_code="Error")
        for n in range(30)
    ]
    store_calls(service.service.store(), calls)
    found = client.post("/alerts/preview", json={"id": "llm-error-rate", "hours": 2}).json()
    assert [(one["state"], one["segment"]) for one in found["changes"]] == [
        ("firing", {"model": "small", "service": "support"}),
        ("resolved", {"model": "small", "service": "support"}),
    ]
    assert datetime.fromisoformat(found["changes"][0]["at"]) == outage + timedelta(minutes=5, seconds=59)
    (series,) = found["series"]
    assert {value for _, value in series["points"]} == {1.0}
    drawn = [point for point in found["chart"]["data"]["values"] if point["value"] is not None]
    assert {(point["series"], point["value"]) for point in drawn} == {("model small, service support", 1.0)}
    assert found["chart"]["layer"][-1]["data"]["values"] == [{"limit": found["threshold"]}]
    assert found["evaluations"] in (120, 121)


def test_a_rule_is_previewed_before_it_is_kept_and_what_is_wrong_with_it_is_said(client: httpx2.Client) -> None:
    rule = {
        "id": "mine",
        "title": "Errors",
        "description": "Calls fail.",
        "sql": "llm_error_rate",
        "comparison": "above",
        "threshold": 0.01,
        "unit": "percentunit",
        "panel": "error-rate",
        "variables": {"minimum_errors": 1, "minimum_minutes": 1},
    }
    assert client.post("/alerts/preview", json={"rule": rule, "hours": 1}).json()["rule"] == "mine"
    wrong = client.post("/alerts/preview", json={"rule": {**rule, "threshold": "high"}, "hours": 1})
    assert (wrong.status_code, "threshold is 'high'; give a number" in wrong.text) == (400, True)
    assert client.post("/alerts/preview", json={"id": "nothing"}).status_code == 404
    assert client.post("/alerts/preview", json={"id": "llm-error-rate", "hours": 9000}).status_code == 400
