"""A state database of an earlier release becomes one of this release, whole or not at all, and keeps what it holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from spanhouse_collector.api import tables as api_tables
from spanhouse_collector.errors import InvalidSettings, StoreUnavailable
from spanhouse_collector.storage import State, queries, state_upgrade
from spanhouse_dashboards import tables as dashboard_tables
from spanhouse_evaluators import tables as evaluator_tables
from spanhouse_evaluators.drift.frozen import ALL_CALLS, Segment, references

_ROOMS = (api_tables, dashboard_tables, evaluator_tables)

# What release 0.1.0 had before any migration.
_OLD_INSTANCES = """
CREATE TABLE alert_instances (
    project VARCHAR(200) NOT NULL, rule VARCHAR(200) NOT NULL, segment VARCHAR(2000) NOT NULL, state VARCHAR(20) NOT NULL,
    active_since DATETIME, breached_at DATETIME, value FLOAT, is_told BOOLEAN NOT NULL,
    PRIMARY KEY (project, rule, segment)
)
"""
_OLD_ROWS = """
INSERT INTO alert_instances VALUES
    ('shop', 'errors', '{"model": "a"}', 'firing', '2026-11-02 12:00:00', '2026-11-02 12:05:00', 0.5, 1),
    ('shop', 'errors', '{"model": "b"}', 'pending', '2026-11-02 12:00:00', '2026-11-02 12:05:00', 0.5, 0)
"""

# A lease of a release that did not know when its job was last started, and two of that job's runs.
_OLD_LEASES = """
CREATE TABLE evaluator_leases (job VARCHAR NOT NULL PRIMARY KEY, holder VARCHAR NOT NULL, expires_ms BIGINT NOT NULL)
"""
_OLD_LEASE = "INSERT INTO evaluator_leases VALUES ('quality', 'h', 9000), ('drift', 'h', 9000)"
_OLD_RUNS = """
CREATE TABLE evaluator_runs (
    run_id VARCHAR NOT NULL PRIMARY KEY, job VARCHAR NOT NULL, started_ms BIGINT NOT NULL, ended_ms BIGINT,
    scored INTEGER NOT NULL, failed INTEGER NOT NULL, unscored INTEGER NOT NULL, error TEXT NOT NULL
)
"""
_OLD_RUN = (
    "INSERT INTO evaluator_runs VALUES ('a', 'quality', 3000, 4000, 1, 0, 0, ''), ('b', 'quality', 8000, NULL, 0, 0, 0, '')"
)

# References of a release that watched models alone.
_OLD_REFERENCES = """
CREATE TABLE drift_references (
    project VARCHAR NOT NULL, feature VARCHAR NOT NULL, model VARCHAR NOT NULL, release VARCHAR NOT NULL,
    first_ns BIGINT NOT NULL, last_ns BIGINT NOT NULL, edges TEXT NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (project, feature, model)
)
"""
_OLD_REFERENCE = (
    "INSERT INTO drift_references VALUES ('shop', 'cost', '', '1', 1, 2, '[0.5]', '[3, 4]'), "
    "('shop', 'cost', 'small', '1', 1, 2, '[0.5]', '[1, 2]')"
)

Shape = dict[str, set[tuple[str, bool]]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def old(url: str) -> Iterator[State]:
    """A database as release 0.1.0 left it, with an alert that was told and one that was not."""
    state = State(url)
    with state.transaction() as connection:
        connection.execute(text(_OLD_INSTANCES))
        connection.execute(text(_OLD_ROWS))
    yield state
    state.close()


def _shape(state: State) -> Shape:
    """Each table's columns and whether they may be empty."""
    found = inspect(state.engine)
    return {name: {(one["name"], bool(one["nullable"])) for one in found.get_columns(name)} for name in found.get_table_names()}


def test_an_old_database_becomes_what_a_new_one_is_and_keeps_its_rows(old: State, tmp_path: Path) -> None:
    old.create_tables()
    new = State(f"sqlite:///{tmp_path / 'new.db'}")
    new.create_tables()
    assert _shape(old) == _shape(new)
    new.close()
    with old.transaction() as connection:
        rows = connection.execute(text("SELECT segment, told_at FROM alert_instances ORDER BY segment")).all()
    assert [tuple(row) for row in rows] == [('{"model": "a"}', "2026-11-02 12:05:00"), ('{"model": "b"}', None)]


def test_a_lease_learns_when_its_job_was_last_started(url: str, tmp_path: Path) -> None:
    old, new = State(url), State(f"sqlite:///{tmp_path / 'new.db'}")
    with old.transaction() as connection:
        for statement in (_OLD_LEASES, _OLD_LEASE, _OLD_RUNS, _OLD_RUN):
            connection.execute(text(statement))
    old.create_tables()
    new.create_tables()
    assert _shape(old) == _shape(new)
    with old.transaction() as connection:
        rows = connection.execute(text("SELECT job, started_ms FROM evaluator_leases ORDER BY job")).all()
    assert [tuple(row) for row in rows] == [("drift", 0), ("quality", 8000)]
    for state in (old, new):
        state.close()


def test_frozen_references_stay_when_other_segments_come(url: str) -> None:
    old = State(url)
    with old.transaction() as connection:
        for statement in (_OLD_REFERENCES, _OLD_REFERENCE):
            connection.execute(text(statement))
    old.create_tables()
    small = Segment(key="model", value="small")
    assert {key: one.bins.counts for key, one in references(old, "shop").items()} == {
        ("cost", ALL_CALLS): (3, 4),
        ("cost", small): (1, 2),
    }
    old.close()


def test_each_migration_is_run_once_and_only_where_its_table_is_older(old: State, tmp_path: Path) -> None:
    metadata = dashboard_tables.alert_instances.metadata
    names = queries.names(state_upgrade.MIGRATIONS)
    assert state_upgrade.upgrade(old.engine, metadata) == [name for name in names if "_alert_" in name]
    assert state_upgrade.upgrade(old.engine, metadata) == []
    new = State(f"sqlite:///{tmp_path / 'new.db'}")
    assert state_upgrade.upgrade(new.engine, metadata) == []
    new.close()


def test_a_failure_half_way_leaves_the_database_as_it_was(old: State, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _shape(old)
    broken = queries.Query(name="0003_alert_is_told", text="-- test\nALTER TABLE alert_instances DROP COLUMN nothing")
    load = queries.load
    monkeypatch.setattr(queries, "load", lambda package, name: broken if name == broken.name else load(package, name))
    with pytest.raises(StoreUnavailable):
        old.create_tables()
    assert _shape(old) == before
    monkeypatch.undo()
    old.create_tables()


def test_a_migration_that_changed_after_it_was_applied_is_refused(old: State) -> None:
    old.create_tables()
    with old.transaction() as connection:
        connection.execute(text("UPDATE state_migrations SET checksum = 'x' WHERE name = '0001_alert_told_at'"))
    with pytest.raises(InvalidSettings, match="0001_alert_told_at was applied and has changed since"):
        old.create_tables()


def test_two_processes_that_start_together_do_it_once(old: State, url: str) -> None:
    states = [State(url) for _ in range(4)]
    failures: list[BaseException] = []

    def start(state: State) -> None:
        try:
            state.create_tables()
        except BaseException as failure:  # noqa: BLE001 - the test tells what a thread met
            failures.append(failure)

    threads = [threading.Thread(target=start, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ("told_at", True) in _shape(old)["alert_instances"]
    for state in states:
        state.close()


def test_every_migration_names_the_table_it_changes() -> None:
    for name in queries.names(state_upgrade.MIGRATIONS):
        assert (
            state_upgrade._table_of(queries.load(state_upgrade.MIGRATIONS, name))
            in dashboard_tables.alert_instances.metadata.tables
        )
