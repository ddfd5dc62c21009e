"""What ClickHouse clients send, and that they get what they expect: clickhouse-connect itself, the others in their exact form."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx2
import polars as pl
import pytest
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.api.conftest import Gateway

pytestmark = [pytest.mark.store, pytest.mark.net]

# What clickhouse-go announces, and the database that Grafana's plugin sends when none was chosen.
_GO_PROTOCOL = "54468"


@contextmanager
def connected(gateway: Gateway, **options: Any) -> Iterator[Client]:
    # A pool of its own, closed by us: the library's own way of closing one needs parts that not every urllib3 has.
    pool = urllib3.PoolManager()
    yield clickhouse_connect.get_client(host="127.0.0.1", port=gateway.port, pool_mgr=pool, **options)
    pool.clear()


@pytest.fixture(params=[True, "lz4", "zstd", "gzip", "deflate", False], ids=str)
def client(request: pytest.FixtureRequest, local_gateway: Gateway) -> Iterator[Client]:
    """clickhouse-connect with its defaults, and with each of its compressions."""
    with connected(local_gateway, compress=request.param) as client:
        yield client


@pytest.fixture
def plain_client(local_gateway: Gateway) -> Iterator[Client]:
    with connected(local_gateway) as client:
        yield client


def test_clickhouse_connect_reads_our_tables_by_their_bare_names(client: Client) -> None:
    result = client.query("SELECT service, count() AS calls FROM spans GROUP BY service")
    assert (result.column_names, result.result_rows) == (("service", "calls"), [("default", 2)])


def test_clickhouse_connect_gets_large_results_whole(client: Client) -> None:
    result = client.query("SELECT number, toString(number) FROM numbers(200000)")
    assert result.row_count == 200_000
    assert result.result_rows[-1] == (199_999, "199999")


def test_clickhouse_connect_binds_typed_parameters(plain_client: Client) -> None:
    given: dict[str, Any] = {
        "texts": ["it's", "a\tb\\c\n"],
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "long": "x" * 30_000,
    }
    sql = "SELECT {texts:Array(String)}, toUnixTimestamp({at:DateTime('UTC')}), length({long:String})"
    assert plain_client.query(sql, parameters=given).result_rows == [(given["texts"], 1767323045, 30_000)]


def test_clickhouse_connect_reads_frames_raw_bytes_and_empty_results(plain_client: Client) -> None:
    assert plain_client.query_arrow("SELECT trace_id FROM spans").num_rows == 2
    assert json.loads(plain_client.raw_query("SELECT 1 AS one FORMAT JSONEachRow")) == {"one": 1}
    assert plain_client.query("SELECT name FROM spans LIMIT 0").column_names == ("name",)
    empty = plain_client.query("SELECT name, duration_ns AS took FROM spans WHERE 0")
    assert (empty.column_names, empty.result_rows) == (("name", "took"), [])
    assert plain_client.command("SELECT count() FROM spans") == 2


def test_clickhouse_connect_gives_settings_and_sees_refusals_with_their_code(plain_client: Client) -> None:
    filtered = plain_client.query(
        "SELECT count() FROM spans", settings={"additional_table_filters": "{'spans': 'trace_id = \\'no\\''}"}
    )
    assert filtered.result_rows == [(0,)]
    with pytest.raises(DatabaseError) as refused:
        plain_client.query("SELECT 1", settings={"allow_ddl": 1})
    assert refused.value.code == 164
    with pytest.raises(DatabaseError) as unknown:
        plain_client.query("SELECT * FROM nowhere")
    assert unknown.value.code == 60
    with pytest.raises(DatabaseError) as written:
        plain_client.insert("alerts", [["default"]], column_names=["project"])
    assert written.value.code == 164


def test_a_form_carries_statement_and_parameters(local_gateway: Gateway) -> None:
    answer = httpx2.post(local_gateway.url, files={"query": (None, "SELECT {n:UInt8} + 1"), "param_n": (None, "4")})
    assert (answer.status_code, answer.text) == (200, "5\n")


def test_the_node_client_s_query_form(local_gateway: Gateway) -> None:
    """@clickhouse/client: statement with its FORMAT in the body, everything else in the query string, gzip both ways."""
    query = {
        "query_id": "3f5d8a52-0000-4000-8000-000000000001",
        "database": "default",
        "session_id": "abc",
        "enable_http_compression": "1",
        "param_n": "7",
        "max_execution_time": "30",
        "send_progress_in_http_headers": "1",
        "http_headers_progress_interval_ms": "110000",
    }
    sql = gzip.compress(b"SELECT {n:UInt8} AS n FROM spans\nFORMAT JSONEachRow")
    headers = {"authorization": "Basic ZGVmYXVsdDo=", "accept-encoding": "gzip", "content-encoding": "gzip"}
    answer = httpx2.post(local_gateway.url, params=query, headers=headers, content=sql)
    assert [json.loads(line) for line in answer.text.splitlines()] == [{"n": 7}, {"n": 7}]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-clickhouse-query-id"] == query["query_id"]
    assert answer.headers["x-clickhouse-format"] == "JSONEachRow"
    assert answer.headers["x-clickhouse-timezone"] == "UTC"
    assert {"read_rows", "read_bytes", "elapsed_ns"} <= set(json.loads(answer.headers["x-clickhouse-summary"]))


def test_clickhouse_go_s_query_form(local_gateway: Gateway) -> None:
    """clickhouse-go as Grafana's plugin sets it up: Native at its own protocol version, gzip, the hello query first."""
    query = {
        "default_format": "Native",
        "client_protocol_version": _GO_PROTOCOL,
        "database": "default",
        "enable_http_compression": "1",
    }
    hello = httpx2.post(
        local_gateway.url,
        params=query,
        headers={"accept-encoding": "gzip"},
        content="SELECT 7::UInt8 AS seven, 'x' AS text",
    )
    assert hello.headers["content-encoding"] == "gzip"
    block = b"\x01\x00\x02\xff\xff\xff\xff\x00" + b"\x02\x01" + b"\x05seven\x05UInt8\x00\x07" + b"\x04text\x06String\x00\x01x"
    assert hello.content == block
    version = httpx2.post(local_gateway.url, params=query, content="SELECT displayName(), version(), revision(), timezone()")
    assert version.content.endswith(b"\x03UTC")


def test_a_native_result_without_rows_tells_its_columns(local_gateway: Gateway) -> None:
    """So that a table panel of Grafana's has its columns; with the statement's own format or the request's."""
    header = b"\x01\x00\x02\xff\xff\xff\xff\x00" + b"\x02\x00" + b"\x01n\x05UInt8\x00" + b"\x04text\x06String\x00"
    protocol = {"client_protocol_version": _GO_PROTOCOL, "param_n": "7"}
    sql = "WITH 1 AS one SELECT {n:UInt8} AS n, 'x' AS text FROM spans WHERE one = 2 UNION ALL SELECT 1, 'y' LIMIT 0"
    assert local_gateway.ask(sql, default_format="Native", **protocol).content == header
    assert local_gateway.ask(f"{sql} SETTINGS max_threads = 1 FORMAT Native", **protocol).content == header
    assert local_gateway.ask("SHOW TABLES LIKE 'nothing' FORMAT Native").content == b""


def test_statements_come_by_get_and_in_two_parts(local_gateway: Gateway) -> None:
    assert httpx2.get(local_gateway.url, params={"query": "SELECT 1"}).text == "1\n"
    assert httpx2.post(local_gateway.url, params={"query": "SELECT"}, content="2").text == "2\n"
    assert httpx2.get(local_gateway.url).status_code == 400
    assert httpx2.get(f"{local_gateway.url}nothing").status_code == 404


def test_the_format_is_the_statement_s_else_the_request_s(local_gateway: Gateway) -> None:
    assert local_gateway.ask("SELECT 1 FORMAT CSV", default_format="JSON").headers["x-clickhouse-format"] == "CSV"
    assert local_gateway.ask("SELECT 1", default_format="JSON").headers["content-type"].startswith("application/json")
    by_header = httpx2.post(local_gateway.url, content="SELECT 1", headers={"x-clickhouse-format": "JSONCompact"})
    assert by_header.headers["x-clickhouse-format"] == "JSONCompact"
    assert local_gateway.ask("DESCRIBE spans FORMAT JSON").json()["rows"] > 50


def test_ping_and_replicas_status(local_gateway: Gateway) -> None:
    assert httpx2.get(f"{local_gateway.url}ping").text == "Ok.\n"
    assert httpx2.get(f"{local_gateway.url}replicas_status").text == "Ok.\n"


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT FROM WHERE", 400, "62"),
        ("SELECT nothing FROM spans", 404, "47"),
        ("SELECT nowhere()", 404, "46"),
        ("SELECT 1 SETTINGS no_such_setting = 1", 500, "164"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1 FORMAT Protobuf", 404, "73"),
    ],
)
def test_errors_are_text_with_clickhouse_s_code_and_status(local_gateway: Gateway, sql: str, status: int, code: str) -> None:
    answer = local_gateway.ask(sql)
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "parseQueryToJSON" not in answer.text


def test_the_statement_in_the_docs_gives_a_file_that_detect_reads(local_gateway: Gateway) -> None:
    docs = (Path(__file__).resolve().parents[2] / "docs" / "evaluators.md").read_text(encoding="utf-8")
    (statement,) = re.findall(r'-o series\.parquet -d "(.+)"', docs)
    found = pl.read_parquet(local_gateway.ask(statement).content)
    assert found.schema == {"answered": pl.Float64}
