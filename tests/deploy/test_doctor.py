"""`spanhouse doctor`: one sentence a check, without a service, beside one that runs, and where something is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spanhouse_collector.api.keys import Keys
from spanhouse_collector.model import Scope
from spanhouse_collector.storage import State, Store
from spanhouse_server.cli import run
from spanhouse_server.health import Verdict, examine
from spanhouse_server.service import Service
from spanhouse_server.settings import Settings
from tests.dashboards.seeds import NOON, call, store_calls, store_rows
from tests.ports import free_ports

pytestmark = [pytest.mark.store, pytest.mark.net]


@pytest.fixture
def settings(tmp_path: Path, engine_url: str, database: str) -> Settings:
    """A service on this session's engine, on ports that were free a moment ago."""
    http, grpc, clickhouse = free_ports(3)
    place = Settings(data=tmp_path / "data", store=engine_url, database=database)
    return replace(place, http_port=http, grpc_port=grpc, clickhouse_port=clickhouse)


@pytest.fixture
def service(settings: Settings, store: Store) -> Iterator[Service]:
    """The service, ready, with the store of this test."""
    running = Service(settings)
    ready = threading.Event()
    thread = threading.Thread(target=running.run, kwargs={"on_ready": lambda _service: ready.set()})
    thread.start()
    assert ready.wait(15)
    yield running
    running.stop()
    thread.join()


def _by_check(verdicts: list[Verdict]) -> dict[str, tuple[str, str]]:
    return {verdict.check: (verdict.state, verdict.sentence) for verdict in verdicts}


def test_a_machine_on_which_nothing_ran_yet_is_well_and_left_as_it_is(settings: Settings) -> None:
    nothing = replace(settings, store=f"chdb://{settings.data}/store")
    verdicts = examine(nothing)
    assert {verdict.state for verdict in verdicts} == {"ok"}
    assert _by_check(verdicts)["store"][1] == "there is no store yet; `spanhouse serve` makes it"
    assert not settings.data.exists()


def test_a_stopped_service_s_store_is_looked_at_directly(settings: Settings, store: Store) -> None:
    minute = datetime.now(UTC) - timedelta(minutes=5)
    priceless = {"cost_usd": None, "cost_status": "unknown_model", "response_model": "mystery"}
    store_calls(store, [{**call(1, minutes_ago=0, **priceless), "start_time": minute, "received_at": minute}])
    letter = {"project": "shop", "failed_at": NOON, "received_at": NOON, "reason": "it was too odd"}
    store_rows(store, "dead_letters", [letter])
    found = _by_check(examine(settings))
    assert found["migrations"][0] == "ok"
    assert found["dead letters"] == (
        "warning",
        "the store has refused 1 requests, the newest because: it was too odd; see dead_letters",
    )
    assert found["prices"] == ("warning", "no price is known for mystery; their cost is missing from every total")
    assert found["last span"][1].startswith("the last span came 5 minutes ago, at ")


def test_a_store_without_its_tables_is_told_apart_from_an_empty_one(settings: Settings, engine_url: str) -> None:
    bare = Store(engine_url, database="test_bare")
    found = _by_check(examine(replace(settings, database="test_bare")))
    assert found["migrations"][0] == "warning"
    assert "`spanhouse migrate` applies them" in found["migrations"][1]
    bare.raw("DROP DATABASE test_bare SYNC", output_format="Null")
    bare.close()


def test_acknowledged_spans_that_wait_are_shown(settings: Settings, store: Store) -> None:
    segment = settings.data / "journal" / "traces" / "0001.segment"
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"x" * 10)
    assert _by_check(examine(settings))["journal"] == (
        "warning",
        "10 acknowledged bytes wait for the store; `spanhouse serve` moves them there",
    )


def test_a_port_that_somebody_has_and_a_folder_that_is_none_have_failed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.data.write_text("a file where the folder should be")
    with socket.create_server(("127.0.0.1", settings.grpc_port)):
        ports = [f"--{name}-port={getattr(settings, f'{name}_port')}" for name in ("http", "grpc", "clickhouse")]
        assert run(["doctor", f"--data={settings.data}", f"--store=chdb://{settings.data}/store", *ports]) == 1
    printed = capsys.readouterr().out
    assert f"FAILED  port {settings.grpc_port} cannot be used (Address already in use); stop what listens there" in printed
    assert "FAILED  " in printed.splitlines()[0]


def test_a_running_service_is_asked_over_http(settings: Settings, service: Service, store: Store) -> None:
    store_calls(store, [call(1, minutes_ago=3, project="default")])
    found = _by_check(examine(settings))
    assert {state for state, _ in found.values()} == {"ok"}
    assert found["service"][1] == f"the service on http://127.0.0.1:{service.http_port} runs and accepts spans"
    assert found["clickhouse"][1] == f"the ClickHouse interface answers on port {service.clickhouse_port}"
    assert found["last span"][1].endswith("at 2026-11-02 11:57:00 UTC")
    assert found["dead letters"][1] == "the store has refused no request since the service started"


def test_a_running_service_with_keys_says_what_needs_one(settings: Settings, service: Service) -> None:
    state = State(settings.state_url)
    keys = Keys(state)
    keys.create("shop", Scope.INGEST)
    reader = keys.create("shop", Scope.READ)
    state.close()
    service.keys._forget()
    assert _by_check(examine(settings))["data"][0] == "warning"
    assert "data" not in _by_check(examine(settings, key=reader))
