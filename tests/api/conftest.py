"""The ClickHouse interface and the JSON API on ports of their own, over a store with the rows of several projects, and keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from spanhouse_collector.api.app import Parts, create_app
from spanhouse_collector.api.clickhouse_http import GatewayParts, create_gateway
from spanhouse_collector.api.keys import Access, Keys
from spanhouse_collector.ingest.overrides import Overrides
from spanhouse_collector.ingest.reprice import Repricer
from spanhouse_collector.model import Scope
from spanhouse_collector.otlp.intake import Room, Transport
from spanhouse_collector.otlp.protobuf import Checked, Signal
from spanhouse_collector.redaction.configuration import Configuration, Redaction
from spanhouse_collector.settings import MIB, GatewaySettings
from spanhouse_collector.storage import State, Store
from tests.dashboards.seeds import call, drift, score, store_calls, store_rows
from tests.stores import migrated

#: What no answer to `shop` may contain.
FOREIGN = "rival"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The interface. `key` is the reader's key of `shop`; '' where there are no keys."""

    port: int
    key: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, sql: str, **query: str) -> httpx2.Response:
        """One statement by POST, with the key if there is one."""
        headers = {"x-clickhouse-key": self.key} if self.key else {}
        return httpx2.post(self.url, content=sql, params=query, headers=headers)

    def rows(self, sql: str, **query: str) -> list[list[str]]:
        """A statement's rows as texts; fails on any error."""
        answer = self.ask(sql, default_format="TabSeparated", **query)
        assert answer.status_code == 200, answer.text
        return [line.split("\t") for line in answer.text.splitlines()]


@contextmanager
def served(app: Starlette) -> Iterator[int]:
    """The application on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def projects(engine_url: str) -> Iterator[Store]:
    """A store with the rows of `default`, `shop` and `rival`, shared by all tests because they only read."""
    store = migrated(engine_url, database="test_projects")
    store_project("default", store, first=1)
    store_project("shop", store, first=3)
    store_project(FOREIGN, store, first=9)
    yield store
    store.raw("DROP DATABASE test_projects SYNC", output_format="Null")
    store.close()


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path_factory.mktemp('state') / 'state.db'}")
    state.create_tables()
    yield state
    state.close()


@pytest.fixture(scope="session")
def keys(state: State) -> Keys:
    """Keys, one of them the reader's of `shop`."""
    return Keys(state)


@pytest.fixture(scope="session")
def local_gateway(projects: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Without keys: everybody on this machine reads `default`, which has two spans."""
    with open_gateway(projects, tmp_path_factory.mktemp("keyless"), GatewaySettings()) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def gateway(projects: Store, keys: Keys) -> Iterator[Gateway]:
    """With a key, which reads `shop`."""
    key = keys.create("shop", Scope.READ)
    parts = GatewayParts(store=lambda: projects, access=Access(keys=keys, open_locally=True), settings=GatewaySettings())
    with served(create_gateway(parts)) as port:
        yield Gateway(port=port, key=key)


@contextmanager
def open_gateway(store: Store, folder: Path, settings: GatewaySettings) -> Iterator[Gateway]:
    """The interface without keys, with these limits."""
    state = State(f"sqlite:///{folder / 'state.db'}")
    state.create_tables()
    parts = GatewayParts(store=lambda: store, access=Access(keys=Keys(state), open_locally=True), settings=settings)
    with served(create_gateway(parts)) as port:
        yield Gateway(port=port)
    state.close()


def store_project(project: str, store: Store, *, first: int) -> None:
    """Two spans whose ids are `first` and the next number, and a row in every other table."""
    names = {"project": project, "service": project, "user_id": project}
    spans = [
        call(first, minutes_ago=3, **names),
        call(first + 1, minutes_ago=2, **names, content={"gen_ai.input.messages": "[]"}),
    ]
    store_calls(store, spans)
    start = spans[0]["start_time"]
    trace = {"project": project, "trace_id": f"{first:032x}", "start_time": start, "end_time": start}
    store_rows(store, "trace_times", [trace])
    store_rows(store, "scores", [score(first, minutes_ago=3, project=project, label=project)])
    store_rows(store, "measurements", [drift(minutes_ago=3, project=project)])
    hour = {"project": project, "hour": start.replace(minute=0)}
    store_rows(store, "failures_hour", [{**hour, "failed": 1}])
    store_rows(store, "retrievals_hour", [{**hour, "calls": 1}])
    store_rows(store, "logs", [{"project": project, "time": start, "body": project, "record_hash": first}])
    store_rows(store, "metrics_points", [{"project": project, "name": project, "time": start}])
    store_rows(store, "alerts", [{"project": project, "rule": project, "changed_at": start}])
    store_rows(store, "prices", [{"project": project, "provider": "openai", "model": project}])
    store_rows(store, "cost_revisions", [{"project": project, "start_time": start, "repricing": project}])
    store_rows(store, "dead_letters", [{"project": project, "failed_at": start, "received_at": start, "body": project}])


class _NoIntake:
    """These tests send no spans over the wire."""

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None:
        raise AssertionError(f"{checked.items} {signal} for {project}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The JSON API and keys by what they are for: `shop`, `rival`, `ingest` and `admin` (of `shop`), `rival admin`."""

    url: str
    keys: Mapping[str, str]

    def ask(self, path: str, *, method: str = "GET", key: str = "shop", **options: Any) -> httpx2.Response:
        """One request under /api/v1 with this key; '' sends none."""
        headers = {"authorization": f"Bearer {self.keys.get(key, key)}"} if key else {}
        return httpx2.request(method, f"{self.url}/api/v1{path}", headers=headers, **options)

    def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """The items of a list's first page; fails on any error."""
        answer = self.ask(path, params=params)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@contextmanager
def open_api(store: Store, state: State, keys: Mapping[str, str]) -> Iterator[Api]:
    access = Access(keys=Keys(state), open_locally=True)
    redaction = Redaction(Configuration(), count=lambda _rule: None)
    transport = Transport(
        intake=_NoIntake(),
        authorize=access.sender,
        max_body_bytes=MIB,
        redactor=redaction.of,
        room=Room(MIB),
    )
    repricer = Repricer(lambda: store, state)
    parts = Parts(
        store=lambda: store,
        access=access,
        transport=transport,
        not_ready=lambda: "",
        figures=(),
        backlogs=dict,
        redaction=redaction,
        overrides=Overrides(state),
        repricer=repricer,
    )
    try:
        with served(create_app(parts)) as port:
            yield Api(url=f"http://127.0.0.1:{port}", keys=keys)
    finally:
        repricer.stop()


@pytest.fixture(scope="session")
def api(projects: Store, state: State, keys: Keys) -> Iterator[Api]:
    """The API over the shared rows; who writes uses `own_api`."""
    made = {project: keys.create(project, Scope.READ) for project in ("shop", FOREIGN)}
    made |= {scope.value: keys.create("shop", scope) for scope in (Scope.INGEST, Scope.ADMIN)}
    made["rival admin"] = keys.create(FOREIGN, Scope.ADMIN)
    with open_api(projects, state, made) as api:
        yield api


@pytest.fixture
def own_api(store: Store, state: State, api: Api) -> Iterator[Api]:
    """The API over an empty store of the test's own, with the same keys."""
    with open_api(store, state, api.keys) as own:
        yield own
