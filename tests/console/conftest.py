"""A console over the real engine, spoken to as a browser would, with clocks and other rooms' figures given by the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from spanhouse_collector.storage import Store, migrate
from spanhouse_dashboards.console import AlertState, ConsoleDeps, EvaluatorRun, Figure, console_router
from tests.console import traffic


@dataclass
class Console:
    """The console under test; what other rooms would tell is set by the test."""

    store: Store
    client: TestClient
    now: datetime = traffic.NOW
    project: str = "default"
    runs: list[EvaluatorRun] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    alerts: list[AlertState] = field(default_factory=list)
    refuse: Exception | None = None

    def text(self, path: str, status: int = 200) -> str:
        """The page at `path`, which answers with `status`."""
        reply = self.client.get(path)
        assert reply.status_code == status, reply.text
        return reply.text

    def project_of(self, _request: Request) -> str:
        if self.refuse:
            raise self.refuse
        return self.project


def _console(store: Store) -> Iterator[Console]:
    app = FastAPI()
    with TestClient(app) as client:
        console = Console(store=store, client=client)
        deps = ConsoleDeps(
            store=store,
            project_of=console.project_of,
            clock=lambda: console.now,
            evaluator_runs=lambda project, *, limit: console.runs[:limit],
            ingest_figures=lambda: console.figures,
            alert_states=lambda project: console.alerts,
        )
        app.include_router(console_router(deps))
        yield console


@pytest.fixture
def console(store: Store) -> Iterator[Console]:
    """A console over an empty store of this test's own."""
    yield from _console(store)


@pytest.fixture(scope="session")
def idle_store(engine_url: str) -> Iterator[Store]:
    """A store into which nothing was ever put; read only."""
    store = Store(engine_url, database="console_idle")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def idle(idle_store: Store) -> Iterator[Console]:
    """A console over a store that stays empty: quicker to have than one that may be written to."""
    yield from _console(idle_store)


@pytest.fixture(scope="session")
def busy_store(engine_url: str) -> Iterator[Store]:
    """A day of the support assistant's traffic; read only."""
    store = Store(engine_url, database="console_day")
    migrate(store)
    spans, scores = traffic.traffic()
    traffic.put(store, spans, scores)
    yield store
    store.close()


@pytest.fixture
def busy(busy_store: Store) -> Iterator[Console]:
    """A console over a day of traffic; read only."""
    yield from _console(busy_store)
