"""What was acknowledged outlives a power cut: a segment is there until the disk has what was stored of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.ingest.journal import Journal
from spanhouse_collector.ingest.stored import StoredSegments
from spanhouse_collector.settings import JournalSettings
from spanhouse_collector.storage import Query, Store, disk
from tests.collector.ingest.inserting import WAIT_S, inserting, send, stored
from tests.stores import break_disk

pytestmark = pytest.mark.store


def insert(journal: Journal, store: Store) -> None:
    """Stores what the journal holds."""
    with inserting(journal, store) as inserter:
        assert inserter.drained(timeout_s=WAIT_S)


def lose_what_no_disk_has(store: Store) -> None:
    store.execute(Query(name="test", text="TRUNCATE TABLE spans"))
    assert stored(store) == []


def open_journal(directory: Path, kept: StoredSegments) -> Journal:
    return Journal(JournalSettings(directory=directory), discard=kept.add)


def test_spans_that_were_stored_and_not_yet_on_disk_are_stored_again_after_a_power_cut(store: Store, tmp_path: Path) -> None:
    journal = open_journal(tmp_path, StoredSegments(store))
    send(journal, "stored")
    insert(journal, store)
    assert stored(store) == ["stored"]
    assert journal.backlog().segments == 0
    journal.close()
    lose_what_no_disk_has(store)
    again = open_journal(tmp_path, StoredSegments(store))
    send(again, "fresh")
    insert(again, store)
    again.close()
    assert stored(store) == ["fresh", "stored"]


def test_a_segment_goes_once_the_disk_has_what_was_stored(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[int] = []

    def sync(path: Path) -> None:
        there.append(len(list(tmp_path.glob("*.frames"))))
        disk.sync_file_system(path)

    monkeypatch.setattr("spanhouse_collector.storage.client.sync_file_system", sync)
    kept = StoredSegments(store)
    journal = open_journal(tmp_path, kept)
    kept.remove_synced()
    assert there == []
    send(journal, "stored")
    insert(journal, store)
    journal.close()
    kept.remove_synced()
    assert there == [1]
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refused_stays_for_the_next_start(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that failed once says yes the next time, though what it refused is gone."""
    kept = StoredSegments(store)
    journal = open_journal(tmp_path, kept)
    send(journal, "refused")
    insert(journal, store)
    journal.close()

    with monkeypatch.context() as broken:
        break_disk(broken)
        with pytest.raises(StoreUnavailable, match=r"does not keep what was stored: .* Input/output error; look"):
            kept.remove_synced()
    kept.remove_synced()
    lose_what_no_disk_has(store)
    again = open_journal(tmp_path, kept)
    insert(again, store)
    again.close()
    assert stored(store) == ["refused"]


def test_a_file_system_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    disk.sync_file_system(tmp_path)
    with pytest.raises(FileNotFoundError):
        disk.sync_file_system(tmp_path / "gone")
