"""The form that the schema takes on a cluster: derived in one place, and read by the engine's own parser."""

from __future__ import annotations

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import Query, Store, load
from spanhouse_collector.storage.cluster import DDL_SETTINGS, clustered
from spanhouse_collector.storage.queries import names

_MIGRATIONS = "spanhouse_collector.storage.migrations"
_FORMATTED = Query(name="formatted", text="SELECT formatQuery({text:String}) AS text")
EVERYTHING = [
    load("spanhouse_collector.storage.sql", "create_migrations"),
    *(load(_MIGRATIONS, name) for name in names(_MIGRATIONS)),
]


def formatted(store: Store, query: Query) -> str:
    """The statement as the engine reads it."""
    return str(store.query(_FORMATTED, {"text": query.text})[0]["text"])


@pytest.mark.store
@pytest.mark.parametrize("query", EVERYTHING, ids=lambda query: query.name)
def test_every_change_of_the_schema_reaches_every_node_and_is_otherwise_the_same(shared_store: Store, query: Query) -> None:
    parts = [formatted(shared_store, part) for part in clustered(query, "house")]
    assert ["ON CLUSTER house" in part for part in parts] == [True] * len(parts)
    first, *settings = [part.replace(" ON CLUSTER house", "").replace("ENGINE = Replicated", "ENGINE = ") for part in parts]
    alone = formatted(shared_store, query)
    assert [line.strip(" (),") for line in alone.splitlines() if line.strip(" (),") not in first] == [
        setting.splitlines()[-1].strip(" (),") for setting in settings
    ]
    assert len(first.splitlines()) == len(alone.splitlines()) - len(settings)


def test_every_table_of_a_cluster_replicates() -> None:
    text = "".join(part.text for query in EVERYTHING for part in clustered(query, "house"))
    engines = [line.split()[2].partition("(")[0] for line in text.splitlines() if line.startswith("ENGINE")]
    assert len(engines) > 10
    assert [engine for engine in engines if not engine.startswith("Replicated")] == []


def test_a_setting_is_changed_by_a_statement_of_its_own() -> None:
    *_, last = clustered(load(_MIGRATIONS, "0016_spans_parts_and_price_source"), "house")
    assert last.text == "ALTER TABLE spans ON CLUSTER `house` MODIFY SETTING min_bytes_for_wide_part = 268435456\n"


@pytest.mark.store
def test_the_engine_knows_the_settings_that_the_form_is_run_with(shared_store: Store) -> None:
    shared_store.execute(Query(name="test", text="SELECT 1"), settings=DDL_SETTINGS)


def test_what_changes_no_table_has_no_form() -> None:
    with pytest.raises(ValueError, match="rows is no statement that makes or changes one table"):
        clustered(Query(name="rows", text="INSERT INTO spans SELECT 1"), "house")


@pytest.mark.parametrize(
    ("url", "cluster", "told"),
    [("chdb:///nowhere", "house", "the store is embedded"), ("http://127.0.0.1:9", "a`b", "is not a name ClickHouse accepts")],
)
def test_a_cluster_that_cannot_be_is_refused(url: str, cluster: str, told: str) -> None:
    with pytest.raises(InvalidSettings, match=told):
        Store(url, cluster=cluster)
