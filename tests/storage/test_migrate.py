"""Migrations: in order, once each, guarded by their checksum, safe to interrupt."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import Query, Store, load, migrate, migrations, status

_FILES = sorted(path.stem for path in Path(migrations.__file__).parent.glob("*.sql"))


@pytest.fixture
def empty(engine_url: str, database: str) -> Store:
    """A store without any table."""
    return Store(engine_url, database=database)


def test_files_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name in _FILES] == list(range(1, len(_FILES) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+", name) for name in _FILES)


@pytest.mark.store
def test_all_are_applied_once_and_in_order(empty: Store) -> None:
    assert [migration.name for migration in migrate(empty)] == _FILES
    assert migrate(empty) == []
    assert {migration.state for migration in status(empty)} == {"applied"}


@pytest.mark.store
def test_the_tests_stores_are_what_migrations_make(empty: Store, store: Store) -> None:
    migrate(empty)
    assert _tables(store) == _tables(empty)
    assert {migration.state for migration in status(store)} == {"applied"}


def _tables(store: Store) -> str:
    found = store.raw("SELECT create_table_query FROM system.tables WHERE database = currentDatabase()", output_format="TSV")
    return "\n".join(sorted(found.decode().replace(f"{store.database}.", "").splitlines()))


@pytest.mark.store
def test_what_another_process_applied_meanwhile_is_not_run_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some statements begin a table anew."""
    seen_earlier = [replace(migration, state="pending") for migration in status(store)]
    monkeypatch.setattr(sys.modules["spanhouse_collector.storage.migrate"], "status", lambda _store: seen_earlier)
    store.insert("scores_hour", [{"project": "p", "hour": datetime(2026, 1, 1, tzinfo=UTC)}])
    assert migrate(store) == []
    assert store.raw("SELECT count() FROM scores_hour", output_format="TSV") == b"1\n"


@pytest.mark.store
def test_a_dry_run_changes_nothing(empty: Store) -> None:
    assert [migration.name for migration in migrate(empty, dry_run=True)] == _FILES
    assert {migration.state for migration in status(empty)} == {"pending"}


@pytest.mark.store
def test_a_run_that_was_interrupted_goes_on(empty: Store) -> None:
    migrate(empty)
    # The table was created and the process died before that was recorded.
    empty.execute(
        Query(name="forget", text="DELETE FROM migrations WHERE name = '0001_spans' SETTINGS lightweight_deletes_sync = 2")
    )
    assert [migration.name for migration in migrate(empty)] == ["0001_spans"]


class _Interrupted(Store):
    """A store whose process dies after so many changes, and whenever it would record one."""

    changes_left = 0

    def change(self, query: Query) -> None:
        if not self.changes_left:
            raise KeyboardInterrupt
        self.changes_left -= 1
        super().change(query)

    def insert(self, *_: object) -> None:
        raise KeyboardInterrupt


@pytest.mark.store
@pytest.mark.parametrize("ran", [1, len(_FILES) // 2, len(_FILES)])
def test_a_first_start_that_was_interrupted_goes_on(empty: Store, ran: int) -> None:
    """Statements were run, and the process died before any of that was recorded."""
    dying = _Interrupted(empty.url, database=empty.database)
    dying.changes_left = 1 + ran  # the table that remembers comes first
    with pytest.raises(KeyboardInterrupt):
        migrate(dying)
    assert dying.changes_left == 0
    assert {migration.state for migration in status(empty)} == {"pending"}
    assert [migration.name for migration in migrate(empty)] == _FILES


@pytest.mark.store
def test_a_file_that_was_applied_and_has_changed_is_refused(empty: Store) -> None:
    migrate(empty)
    record = "INSERT INTO migrations (name, checksum, applied_at) SELECT '0002_trace_times', 'other', now64(3) + 1"
    empty.execute(Query(name="tamper", text=record))
    with pytest.raises(InvalidSettings) as caught:
        migrate(empty)
    assert str(caught.value) == (
        "migration 0002_trace_times was applied and has changed since; restore the file and add a new one"
    )


@pytest.mark.store
def test_prices_from_before_kinds_of_tokens_and_tiers_stay(store: Store) -> None:
    """The migrations change a column that has rows."""
    files = {name[:4]: load(migrations.__name__, name) for name in _FILES}
    store.execute(Query(name="drop", text="DROP TABLE prices SYNC"))
    store.execute(files["0017"])
    when = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 0, 86_400, -1)
    store.insert("prices", [{"project": "p", "model": "m", "entries": [(*when, 1, 2, 3, 4, 5, "catalogue")]}])
    store.execute(files["0031"])
    store.execute(files["0038"])
    after = "SELECT entries[1].output_usd AS usd, entries[1].surcharges AS kinds, entries[1].service_tier AS tier FROM prices"
    assert store.query(Query(name="after", text=after)) == [{"usd": 4, "kinds": [], "tier": ""}]
