"""A console over the real engine, spoken to as a browser would, with clocks and other rooms' figures given by the test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from spanhouse_collector.storage import Store, migrate
from spanhouse_dashboards.console import AlertState, ConsoleDeps, EvaluatorRun, Figure, console_router
from tests.console import traffic

_NUMBERS = itertools.count()


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

    def project_of(self, request: Request) -> str:
        if self.refuse:
            raise self.refuse
        return self.project


@pytest.fixture(scope="session")
def make_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """Makes empty databases in the one embedded engine a process may have."""
    path = tmp_path_factory.mktemp("console")

    def make() -> Store:
        return _migrated(path, f"console_{next(_NUMBERS)}")

    return make


def _migrated(path: Path, database: str) -> Store:
    store = Store(f"chdb://{path}", database=database)
    migrate(store)
    return store


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
    store.close()


@pytest.fixture
def console(make_store: Callable[[], Store]) -> Iterator[Console]:
    """A console over an empty store."""
    yield from _console(make_store())


@pytest.fixture(scope="session")
def busy_store(make_store: Callable[[], Store]) -> Store:
    """A day of the support assistant's traffic; read only."""
    store = make_store()
    spans, scores = traffic.traffic()
    traffic.put(store, spans, scores)
    return store


@pytest.fixture
def busy(busy_store: Store) -> Iterator[Console]:
    """A console over a day of traffic; read only."""
    yield from _console(busy_store)
