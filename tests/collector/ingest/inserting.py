"""A journal of spans and the inserter that stores them, as the tests of what happens between the two have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.inserter import Inserter
from spanhouse_collector.ingest.journal import Journal
from spanhouse_collector.otlp import nested
from spanhouse_collector.settings import InserterSettings
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import span, traces

WAIT_S = 15
SETTINGS = InserterSettings(linger_s=0.0, retry_s=0.01, max_retry_s=0.05)


def send(journal: Journal, *names: str) -> None:
    """Acknowledges a request for each span."""
    bodies = [traces(span(name)).SerializeToString() for name in names]
    for done in [journal.append([frames.encode(body, project="p", received_ms=1_000)], items=1) for body in bodies]:
        done.result(WAIT_S)


def writer_of(store: Store) -> BatchWriter:
    """Who stores spans, and has nothing wrong with it."""
    return BatchWriter(store, "traces", instance="test", nested=nested)


@contextmanager
def inserting(journal: Journal, store: Store, *, open_writer: Callable[[], BatchWriter] | None = None) -> Iterator[Inserter]:
    """Stores what the journal holds and gets, until the end."""
    inserter = Inserter("traces", journal, open_writer=open_writer or (lambda: writer_of(store)), store=store, settings=SETTINGS)
    inserter.start()
    try:
        yield inserter
    finally:
        inserter.stop()


def stored(store: Store) -> list[str]:
    """The names of the spans in the store, sorted."""
    return sorted(row["name"] for row in store.query(load("tests.otlp.sql", "spans"), {"project": "p"}))
