"""The inserter: everything reaches the store in the end, and what cannot be stored costs itself alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spanhouse_collector.errors import QueryRejected, StoreUnavailable
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.decoding import Following
from spanhouse_collector.ingest.inserter import Inserter
from spanhouse_collector.ingest.journal import Journal
from spanhouse_collector.ingest.staged import Minute
from spanhouse_collector.otlp import nested
from spanhouse_collector.settings import JournalSettings
from spanhouse_collector.storage import Store, load
from tests.collector.ingest.inserting import WAIT_S, inserting, send, stored
from tests.otlp.messages import span, traces

pytestmark = pytest.mark.store

Fault = Callable[[list[bytes]], Exception | None]


class FaultyWriter(BatchWriter):
    """A writer that fails as it is told: `fault` looks at the bodies of a segment and gives the error to raise, or None."""

    def __init__(self, store: Store, fault: Fault) -> None:
        super().__init__(store, "traces", instance="test", nested=nested)
        self._fault = fault
        self.attempts = 0

    def write(self, segment: Path, *, following: Following | None = None) -> list[Minute]:
        self.attempts += 1
        error = self._fault([frames.parts(frame)[2] for frame in frames.decode(segment.read_bytes())])
        if error is not None:
            raise error
        return super().write(segment, following=following)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(JournalSettings(directory=tmp_path / "journal"))
    yield opened
    opened.close()


@contextmanager
def failing(journal: Journal, store: Store, fault: Fault) -> Iterator[tuple[Inserter, FaultyWriter]]:
    writer = FaultyWriter(store, fault)
    with inserting(journal, store, open_writer=lambda: writer) as inserter:
        yield inserter, writer


def buried(store: Store) -> list[dict[str, Any]]:
    return store.query(load("tests.otlp.sql", "dead_letters"), {"project": "p"})


def counts(inserter: Inserter) -> dict[str, int]:
    return {count.name: count.value for count in inserter.figures.counts()}


@pytest.mark.parametrize("poison", [[0], [2, 3, 9], list(range(10))])
def test_a_refused_request_is_found_and_put_aside_and_the_rest_is_stored(
    journal: Journal, store: Store, poison: list[int]
) -> None:
    def refuse(bodies: list[bytes]) -> Exception | None:
        return QueryRejected("the store refuses poison") if any(b"poison" in body for body in bodies) else None

    names = [f"poison {number}" if number in poison else f"good {number}" for number in range(10)]
    send(journal, *names)
    with failing(journal, store, refuse) as (inserter, _):
        assert inserter.drained(timeout_s=WAIT_S)
    assert stored(store) == sorted(name for name in names if name.startswith("good"))
    rows = buried(store)
    assert len(rows) == len(poison)
    assert {(row["signal"], row["reason"], row["received_ms"]) for row in rows} == {("traces", "the store refuses poison", 1_000)}
    assert counts(inserter)["dead_letters"] == len(poison)


def test_a_dead_letter_keeps_the_body_byte_for_byte(journal: Journal, store: Store) -> None:
    body = traces(span("x", {"bytes": bytes(range(256))})).SerializeToString()
    journal.append([frames.encode(body, project="p", received_ms=1)], items=1).result(WAIT_S)
    with failing(journal, store, lambda bodies: QueryRejected("no") if bodies else None) as (inserter, _):
        assert inserter.drained(timeout_s=WAIT_S)
    assert [bytes.fromhex(row["body_hex"]) for row in buried(store)] == [body]


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("away"), OSError(28, "No space left on device"), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_a_store_that_is_away_is_waited_for(journal: Journal, store: Store, error: Exception) -> None:
    tries = iter([error] * 5)
    send(journal, "a", "b")
    with failing(journal, store, lambda _: next(tries, None)) as (inserter, writer):
        assert inserter.drained(timeout_s=WAIT_S)
    assert stored(store) == ["a", "b"]
    assert buried(store) == []
    assert writer.attempts == 6
    assert counts(inserter)["store_retries"] == 5


def test_an_error_nobody_thought_of_is_put_aside_like_a_refusal(journal: Journal, store: Store) -> None:
    send(journal, "good", "poison")
    with failing(
        journal, store, lambda bodies: RecursionError("deep") if any(b"poison" in body for body in bodies) else None
    ) as (
        inserter,
        _,
    ):
        assert inserter.drained(timeout_s=WAIT_S)
    assert stored(store) == ["good"]
    assert [row["reason"] for row in buried(store)] == ["RecursionError: deep"]


def test_what_the_store_never_took_is_stored_after_a_restart(journal: Journal, store: Store) -> None:
    send(journal, "a")
    with failing(journal, store, lambda _: StoreUnavailable("away")) as (inserter, _):
        assert not inserter.drained(timeout_s=0.1)
    assert stored(store) == []
    with failing(journal, store, lambda _: None) as (inserter, _):
        assert inserter.drained(timeout_s=WAIT_S)
    assert stored(store) == ["a"]


def test_nothing_is_left_beside_the_segments(journal: Journal, store: Store, tmp_path: Path) -> None:
    (tmp_path / "journal" / "00000000000000000001a.half").write_bytes(b"of a process that was killed")
    (tmp_path / "journal" / "00000000000000000001a.flat").write_bytes(b"the same")
    send(journal, "good", "poison")
    with failing(journal, store, lambda bodies: QueryRejected("no") if any(b"poison" in body for body in bodies) else None) as (
        inserter,
        _,
    ):
        assert inserter.drained(timeout_s=WAIT_S)
    journal.close()
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_store_that_takes_nothing_puts_no_request_aside(journal: Journal, store: Store) -> None:
    broken = iter([True] * 6)
    send(journal, "a", "b")
    with failing(journal, store, lambda _: QueryRejected("no such column") if next(broken, False) else None) as (inserter, _):
        assert inserter.drained(timeout_s=WAIT_S)
    assert (stored(store), buried(store)) == (["a", "b"], [])


def test_a_lost_staging_table_is_made_again(journal: Journal, store: Store) -> None:
    with inserting(journal, store) as inserter:
        send(journal, "a")
        assert inserter.drained(timeout_s=WAIT_S)
        store.raw("DROP TABLE staged_spans_test SYNC", output_format="Null")
        send(journal, "b")
        assert inserter.drained(timeout_s=WAIT_S)
    assert (stored(store), buried(store)) == (["a", "b"], [])
