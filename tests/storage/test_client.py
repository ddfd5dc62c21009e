"""The one door to ClickHouse: values in, rows out, and errors that say whether to try again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings, QueryRejected, StoreUnavailable
from spanhouse_collector.storage import Query, Store


def _query(text: str) -> Query:
    return Query(name="test", text=text)


@pytest.mark.store
def test_parameters_arrive_as_they_are(store: Store) -> None:
    instant = datetime(2026, 11, 23, 12, 30, 0, 123_000, tzinfo=timezone(timedelta(hours=2)))
    asked = _query("SELECT {text:String} AS text, {names:Array(String)} AS names, {at:DateTime64(3, 'UTC')} AS at")
    params = {"text": "it's \\ a\n'test' 🙂", "names": ["a'b", ""], "at": instant}
    assert store.query(asked, params) == [{**params, "at": instant.astimezone(UTC)}]


@pytest.mark.store
def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="parameter at is the naive datetime"):
        store.query(_query("SELECT {at:DateTime('UTC')}"), {"at": datetime(2026, 1, 1)})  # noqa: DTZ001 - what is refused


@pytest.mark.store
def test_a_statement_asked_again_and_again_never_waits_for_a_compiler(shared_store: Store) -> None:
    """By default the fourth call is held up to compile what the ones before only interpreted."""
    busy = _query(
        "SELECT sum((number * 3 + 1) % 7), avgIf(number, number * 2 - 5 > 7) FROM numbers(10) GROUP BY number % 3 + number"
    )
    before = _compiled(shared_store)
    for _ in range(6):
        shared_store.query(busy)
    assert _compiled(shared_store) == before


def _compiled(store: Store) -> int:
    """How many functions this process has compiled and called, for whomever."""
    found = store.query(_query("SELECT sum(value) AS n FROM system.events WHERE event LIKE 'Compile%Function%'"))
    return int(found[0]["n"])


@pytest.mark.store
def test_what_the_engine_refuses_is_told_with_its_code_and_without_its_stack(store: Store) -> None:
    with pytest.raises(QueryRejected) as caught:
        store.query(_query("SELECT nothing_of_this_name"))
    assert caught.value.code == 47
    assert "\n" not in str(caught.value)


@pytest.mark.store
def test_a_query_that_takes_too_long_may_be_tried_again(store: Store) -> None:
    slow = _query("SELECT sum(sleepEachRow(0.05)) FROM numbers(60) SETTINGS max_execution_time = 0.2, max_block_size = 1")
    with pytest.raises(StoreUnavailable):
        store.query(slow)


@pytest.mark.net
@pytest.mark.store
def test_a_server_that_is_away_is_named_without_its_password_and_may_be_tried_again() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Store("http://somebody:secret@127.0.0.1:9")
    assert str(caught.value) == (
        "the store at http://127.0.0.1:9 cannot be reached: Failed to establish a new connection: [Errno 111] Connection refused"
    )


@pytest.mark.net
@pytest.mark.store
def test_a_server_that_does_not_answer_is_given_up_and_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanhouse_collector.storage.client._SILENCE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(StoreUnavailable) as caught:
            Store(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert str(caught.value).endswith("cannot be reached: Read timed out. (read timeout=1)")


def test_a_database_that_cannot_be_a_name_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="is not a name ClickHouse accepts"):
        Store("chdb:///nowhere", database="a-b; DROP")


@pytest.mark.store
def test_rows_that_were_inserted_are_there_when_insert_returns(store: Store) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    store.insert("trace_times", [{"project": "p", "trace_id": "t", "start_time": now, "end_time": now + timedelta(seconds=1)}])
    store.insert("trace_times", [])
    found = store.query(_query("SELECT trace_id, start_time FROM trace_times"))
    assert found == [{"trace_id": "t", "start_time": now}]


@pytest.mark.store
def test_what_was_merged_outlives_a_cleaning_up(store: Store) -> None:
    """The engine writes what it became without waiting for the disk, so a power cut may take that."""
    often = "cleanup_delay_period = 0, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1"
    for table, lifetime in (("kept", ""), ("at_once", ", old_parts_lifetime = 0")):
        store.execute(_query(f"CREATE TABLE {table} (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS {often}{lifetime}"))
        for number in range(3):
            store.insert(table, [{"id": number}])
        store.execute(_query(f"OPTIMIZE TABLE {table} FINAL"))
    deadline = time.monotonic() + 60
    while _merged_parts(store, "at_once") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (_merged_parts(store, "at_once"), _merged_parts(store, "kept")) == (0, 3)


def _merged_parts(store: Store, table: str) -> int:
    counted = _query(
        "SELECT count() AS n FROM system.parts WHERE database = currentDatabase() AND table = {table:String} AND NOT active"
    )
    return int(store.query(counted, {"table": table})[0]["n"])


@pytest.mark.store
def test_a_frame_has_the_statements_columns(store: Store) -> None:
    frame = store.frame(_query("SELECT toUInt32(number) AS n, toString(number) AS text FROM numbers(3)"))
    assert frame.to_dict(as_series=False) == {"n": [0, 1, 2], "text": ["0", "1", "2"]}


@pytest.mark.store
@pytest.mark.parametrize("rows", [[], [(0, "0"), (1, "1")]], ids=["no rows", "rows"])
def test_a_table_has_the_statements_columns_and_types(store: Store, rows: list[tuple[int, str]]) -> None:
    query = _query("SELECT toUInt32(number) AS n, toString(number) AS text FROM numbers({most:UInt8}) SETTINGS max_threads = 1")
    table = store.table(query, {"most": len(rows)})
    assert (table.types, list(table.rows)) == ({"n": "UInt32", "text": "String"}, rows)


@pytest.mark.store
def test_a_store_that_another_process_has_open_is_named_in_one_sentence(store: Store) -> None:
    """As when a command is run beside the service."""
    code = f"from spanhouse_collector.storage import Store; Store({store.url!r})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path = store.url.removeprefix("chdb://")
    sentence = f"the embedded store {path!r} cannot be opened; stop the process that has it, or ask that one"
    assert other.stderr.splitlines()[-1] == f"spanhouse_collector.errors.StoreUnavailable: {sentence}"


@pytest.mark.store
def test_inserting_and_reading_rows_load_no_library_of_frames_where_it_is_left_out(tmp_path: Path) -> None:
    """The first span and the first panel would wait for it."""
    code = """
import sys
from spanhouse_collector.storage import Query, Store, leave_pandas_out
leave_pandas_out()
store = Store(sys.argv[1])
store.execute(Query(name="make", text="CREATE TABLE t (n UInt8) ENGINE = Memory"))
store.insert("t", [{"n": 1}])
read = Query(name="read", text="SELECT n FROM t")
print(store.query(read), store.table(read).rows, {"pandas", "polars"} & sys.modules.keys())
"""
    command = [sys.executable, "-c", code, f"chdb://{tmp_path}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "[{'n': 1}] [(1,)] set()\n"


@pytest.mark.store
def test_who_imports_the_storage_keeps_the_clients_frames(tmp_path: Path) -> None:
    code = """
import sys
import clickhouse_connect
import spanhouse_collector.storage
print(clickhouse_connect.get_client(interface="chdb", path=sys.argv[1]).query_df("SELECT 1 AS one").to_dict("list"))
"""
    answer = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert answer.stdout == "{'one': [1]}\n"
