"""Consoles over the real engine: one of a test's own, and two that tests share because they only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spanhouse_collector.storage import Store
from tests.console import traffic
from tests.console.serving import Console
from tests.stores import migrated


@pytest.fixture
def console(store: Store) -> Console:
    """A console over an empty store of this test's own."""
    return Console(store)


@pytest.fixture(scope="session")
def idle_store(engine_url: str) -> Iterator[Store]:
    """A store into which nothing was ever put; read only."""
    store = migrated(engine_url, database="console_idle")
    yield store
    store.close()


@pytest.fixture
def idle(idle_store: Store) -> Console:
    """A console over a store that stays empty: quicker to have than one that may be written to."""
    return Console(idle_store)


@pytest.fixture(scope="session")
def busy_store(engine_url: str) -> Iterator[Store]:
    """A day of the support assistant's traffic; read only."""
    store = migrated(engine_url, database="console_day")
    spans, scores = traffic.traffic()
    traffic.put(store, spans, scores)
    yield store
    store.close()


@pytest.fixture
def busy(busy_store: Store) -> Console:
    """A console over a day of traffic; read only."""
    return Console(busy_store)
