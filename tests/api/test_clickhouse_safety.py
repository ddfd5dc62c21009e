"""Nothing but reading our own tables: no file, no other server, no writing, no rights, and bounded in time, memory and number."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from spanhouse_collector.api.clickhouse_names import SYSTEM_TABLES
from spanhouse_collector.api.keys import Keys
from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.model import Scope
from spanhouse_collector.settings import MIB, GatewaySettings
from spanhouse_collector.storage import Store, session
from tests.api.conftest import Gateway, open_gateway

pytestmark = [pytest.mark.store, pytest.mark.net]

_FILES = [
    "SELECT * FROM file('{path}', 'LineAsString')",
    "SELECT file('{path}')",
    "SELECT `file`('{path}')",
    "SELECT FILE('{path}')",
    "SELECT * APPLY(file) FROM (SELECT '{path}')",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '{path}')",
    "SELECT arrayMap(x -> file(x), ['{path}'])",
    "WITH file('{path}') AS leaked SELECT leaked",
    "SELECT (SELECT file('{path}'))",
    "SELECT 1 WHERE file('{path}') != ''",
    "SELECT 1 ORDER BY file('{path}')",
    "SELECT sumIf(1, file('{path}') != '')",
    "SELECT 1 UNION ALL SELECT length(file('{path}'))",
    "SELECT * FROM '{path}'",
    "SELECT * FROM `{path}`",
    "SELECT * FROM {{table:Identifier}}",
    "SELECT count() FROM spans SETTINGS additional_table_filters = {{'spans': 'file(\\'{path}\\') != \\'\\''}}",
    "SELECT 1 SETTINGS additional_result_filter = 'file(\\'{path}\\') != \\'\\''",
    "DESCRIBE file('{path}', 'LineAsString')",
    "EXPLAIN SELECT file('{path}')",
    "EXPLAIN QUERY TREE SELECT file('{path}')",
    "SELECT 1 IN file('{path}')",
    "SELECT * FROM view(SELECT file('{path}'))",
    "SELECT * FROM values('a String', file('{path}'))",
    "SELECT /* file( */ file/**/('{path}') -- )",
    "SELECT 1 INTO OUTFILE '{path}.copy' TRUNCATE",
    "SELECT 1 INTO OUTFILE '{path}.copy' AND STDOUT",
    "SHOW TABLES INTO OUTFILE '{path}.copy'",
    "SHOW FUNCTIONS INTO OUTFILE '{path}.copy'",
    "SHOW FUNCTIONS LIKE 'a' INTO OUTFILE '{path}.copy'",
    "SHOW CREATE TABLE spans INTO OUTFILE '{path}.copy'",
    "DESCRIBE spans INTO OUTFILE '{path}.copy'",
    "EXISTS spans INTO OUTFILE '{path}.copy'",
    "EXPLAIN SELECT 1 INTO OUTFILE '{path}.copy'",
    "SELECT * FROM fileCluster('default', '{path}')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM sqlite('{path}', 'x')",
    "SELECT * FROM executable('cat {path}', 'LineAsString', 'a String')",
    "SELECT * FROM icebergLocal('{path}')",
    "SELECT * FROM input('a String')",
]


@pytest.mark.parametrize("sql", _FILES)
def test_no_statement_reads_or_writes_a_file(local_gateway: Gateway, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden treasure")
    answer = local_gateway.ask(sql.format(path=secret), param_table=str(secret))
    assert answer.status_code in {400, 403, 404, 500}, answer.text
    assert "hidden treasure" not in answer.text
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("secret")] == ["secret"]


@pytest.mark.parametrize(
    "function",
    [
        "url('{url}', 'LineAsString')",
        "urlCluster('default', '{url}', 'LineAsString')",
        "s3('{url}', 'LineAsString')",
        "remote('127.0.0.1:{port}', 'default', 'x')",
        "remoteSecure('127.0.0.1:{port}', 'default', 'x')",
        "mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
        "postgresql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
        "mongodb('127.0.0.1:{port}', 'a', 'b', 'c', 'd', 'x String')",
        "redis('127.0.0.1:{port}', 'k', 'k String, v String')",
        "deltaLake('{url}')",
        "hdfs('hdfs://127.0.0.1:{port}/x', 'TSV', 'a String')",
        "azureBlobStorage('{url}', 'a', 'b', 'c', 'd')",
        "clusterAllReplicas('default', system.one)",
        "python(secrets)",
        "eval('SELECT 1')",
        "loop(spans)",
        "merge('^spans$')",
        "dictionary('x')",
        "mergeTreeIndex(currentDatabase(), 'spans')",
        "viewExplain('EXPLAIN', '', (SELECT 1))",
    ],
)
def test_no_statement_reaches_another_server_or_below_a_table(local_gateway: Gateway, function: str) -> None:
    source = function.format(url=f"{local_gateway.url}?query=SELECT+1", port=local_gateway.port)
    answer = local_gateway.ask(f"SELECT * FROM {source} LIMIT 1")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) in {(403, "497"), (400, "62")}, answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO alerts (project) VALUES ('x')",
        "INSERT INTO alerts (project) SELECT 'x'",
        "INSERT INTO FUNCTION file('x') SELECT 1",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE x (a Int8)",
        "CREATE FUNCTION f AS x -> x",
        "DROP TABLE spans",
        "TRUNCATE TABLE spans",
        "ALTER TABLE spans DELETE WHERE 1",
        "DELETE FROM spans WHERE 1",
        "OPTIMIZE TABLE spans FINAL",
        "RENAME TABLE spans TO x",
        "SYSTEM FLUSH LOGS",
        "KILL QUERY WHERE 1",
        "BACKUP TABLE spans TO File('x')",
        "SET ROLE owner",
        "SET readonly = 0",
        "SET max_execution_time = 0",
        "USE system",
        "GRANT ALL ON *.* TO default",
        "EXECUTE AS default SELECT 1",
        "EXPLAIN AST DROP TABLE spans",
        "EXPLAIN ESTIMATE SELECT * FROM spans",
        "SELECT 1; DROP TABLE spans",
        "SELECT 1; SET ROLE owner; SELECT 2",
        "SHOW PROCESSLIST",
        "SHOW GRANTS",
        "SHOW MERGES",
        "SHOW CLUSTERS",
        "CHECK TABLE spans",
        "ATTACH TABLE spans",
        "BEGIN TRANSACTION",
    ],
)
def test_only_statements_that_read_are_run(local_gateway: Gateway, sql: str) -> None:
    answer = local_gateway.ask(sql)
    assert answer.headers["x-clickhouse-exception-code"] in {"164", "62", "497"}, answer.text
    assert local_gateway.rows("SELECT count() FROM spans") == [["2"]]


@pytest.mark.parametrize(
    "sql",
    [
        "sleep(1)",
        "getServerPort('tcp_port')",
        "hostName()",
        "FQDN()",
        "getMacro('x')",
        "filesystemAvailable()",
        "aiGenerate('x', 'y')",
        "joinGet('a', 'b', 1)",
        "dictGet('a', 'b', 1)",
        "addressToLine(1)",
        "getClientHTTPHeader('x')",
        "hasColumnInTable('a', 'b', 'c')",
    ],
)
def test_functions_that_look_at_the_host_are_refused(local_gateway: Gateway, sql: str) -> None:
    assert local_gateway.ask(f"SELECT {sql}").headers["x-clickhouse-exception-code"] == "497"


@pytest.mark.parametrize(
    "setting",
    [
        "readonly",
        "allow_ddl",
        "max_query_size",
        "dialect",
        "format_schema",
        "output_format_schema",
        "enable_analyzer",
        "use_query_cache",
        "format_template_row",
        "input_format_allow_errors_num",
        "max_server_memory_usage",
        "allow_introspection_functions",
    ],
)
def test_settings_beyond_the_list_are_refused_in_the_statement_and_beside_it(local_gateway: Gateway, setting: str) -> None:
    inside = local_gateway.ask(f"SELECT 1 SETTINGS {setting} = 1")
    assert inside.headers["x-clickhouse-exception-code"] == "164"
    nested = local_gateway.ask(f"SELECT * FROM (SELECT 1 SETTINGS {setting} = 1)")
    assert nested.headers["x-clickhouse-exception-code"] == "164"
    if setting != "readonly":  # clients announce it, and it changes nothing here
        assert local_gateway.ask("SELECT 1", **{setting: "1"}).headers["x-clickhouse-exception-code"] == "164"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FORMAT TSV SETTINGS allow_ddl = 1",
        "(SELECT 1 SETTINGS allow_ddl = 1) UNION ALL SELECT 2",
        "SELECT 1 IN (SELECT 1 SETTINGS allow_ddl = 1)",
        "EXPLAIN SELECT 1 SETTINGS allow_ddl = 1",
        "DESCRIBE (SELECT 1 SETTINGS allow_ddl = 1)",
        "DESCRIBE spans SETTINGS allow_ddl = 1",
        "SHOW TABLES SETTINGS allow_ddl = 1",
        "SHOW FUNCTIONS SETTINGS allow_ddl = 1",
    ],
)
def test_settings_are_seen_wherever_they_stand(local_gateway: Gateway, sql: str) -> None:
    assert local_gateway.ask(sql).headers["x-clickhouse-exception-code"] == "164"


def test_the_name_of_a_setting_carries_no_statement(local_gateway: Gateway) -> None:
    for name in ("output_format_x = 1, allow_ddl", "output_format_x = 1; SET allow_ddl", "max_threads = 1, allow_ddl"):
        assert local_gateway.ask("SELECT 1", **{name: "1"}).headers["x-clickhouse-exception-code"] == "164"


@pytest.mark.parametrize("nested", ["(", "abs(", "[", "-(", "(SELECT ", "f(x -> "])
@pytest.mark.parametrize("levels", [100, 300, 490, 5000])
def test_deep_statements_end_in_an_answer(local_gateway: Gateway, nested: str, levels: int) -> None:
    closing = {"[": "]"}.get(nested, ")")
    answer = local_gateway.ask(f"SELECT {nested * levels}1{closing * levels}")
    assert answer.status_code == 200 or answer.text.startswith("Code: ")


def test_a_statement_longer_than_the_engine_takes_is_refused_at_once(local_gateway: Gateway) -> None:
    answer = local_gateway.ask(f"SELECT length('{'x' * 300_000}')")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (400, "62")
    assert local_gateway.rows("SELECT length({text:String})", param_text="x" * 10_000) == [["10000"]]


def test_readers_are_told_what_they_may_change(local_gateway: Gateway) -> None:
    refused = local_gateway.ask("SELECT 1 SETTINGS allow_ddl = 1")
    assert refused.text == "Code: 164. DB::Exception: Cannot modify 'allow_ddl' setting in readonly mode. (READONLY)\n"
    assert local_gateway.ask("SELECT 1 SETTINGS max_threads = 1, output_format_json_quote_64bit_integers = 1").status_code == 200
    assert local_gateway.ask("SELECT 1 SETTINGS max_threads = DEFAULT").headers["x-clickhouse-exception-code"] == "164"


@pytest.fixture(scope="module")
def limited(projects: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    settings = GatewaySettings(max_execution_s=1, max_memory_bytes=50 * MIB, max_result_bytes=MIB, max_request_bytes=MIB)
    with open_gateway(projects, tmp_path_factory.mktemp("limited"), settings) as gateway:
        yield gateway


@pytest.mark.parametrize("setting", ["", " SETTINGS max_execution_time = 100", " SETTINGS max_execution_time = 0"])
def test_a_statement_ends_in_time_whatever_it_asks_for(limited: Gateway, setting: str) -> None:
    answer = limited.ask(f"SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1{setting}")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (408, "159")


def test_a_statement_has_bounded_memory_result_and_size(limited: Gateway) -> None:
    memory = limited.ask("SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 0")
    assert memory.headers["x-clickhouse-exception-code"] == "241"
    result = limited.ask("SELECT number FROM numbers(10000000)", max_result_bytes="0")
    assert result.headers["x-clickhouse-exception-code"] == "396"
    assert limited.ask(f"SELECT '{'x' * 2 * MIB}'").status_code == 413


def test_less_may_be_asked_for(limited: Gateway) -> None:
    assert limited.rows("SELECT getSetting('max_execution_time')", max_execution_time="0.5") == [["0.5"]]
    assert limited.rows("SELECT getSetting('max_memory_usage') SETTINGS max_memory_usage = 1048576") == [["1048576"]]
    assert limited.ask("SELECT 1", max_execution_time="soon").status_code == 400


def test_more_statements_than_fit_are_told_to_come_again(projects: Store, tmp_path: Path) -> None:
    """Four at once where one runs and one waits: some are turned away, the others are served, and nobody hangs."""
    codes: list[int] = []
    settings = GatewaySettings(max_execution_s=2, max_running=1, max_waiting=1, max_wait_s=10.0)
    with open_gateway(projects, tmp_path, settings) as gateway:

        def ask() -> None:
            codes.append(gateway.ask("SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1").status_code)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(codes) == {408, 503}
        assert gateway.rows("SELECT 1") == [["1"]]


def test_pages_of_other_sites_are_refused_in_local_mode(local_gateway: Gateway) -> None:
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        assert httpx2.post(local_gateway.url, content="SELECT 1", headers=headers).status_code == 403
        assert httpx2.get(f"{local_gateway.url}ping", headers=headers).status_code == 403


def test_once_there_are_keys_one_is_needed_and_must_be_for_reading(gateway: Gateway, keys: Keys) -> None:
    assert httpx2.post(gateway.url, content="SELECT 1").status_code == 401
    assert httpx2.post(gateway.url, content="SELECT 1", auth=("default", "wrong")).status_code == 403
    ingest = keys.create("shop", Scope.INGEST)
    assert httpx2.post(gateway.url, content="SELECT 1", auth=("default", ingest)).status_code == 403
    assert httpx2.post(gateway.url, content="SELECT 1", auth=("default", gateway.key)).text == "1\n"
    named = {"user": "default", "password": gateway.key}
    assert httpx2.post(gateway.url, content="SELECT 1", params=named).text == "1\n"
    assert httpx2.get(f"{gateway.url}ping").text == "Ok.\n"


def test_the_engine_itself_refuses_a_reader_what_the_gate_would_have_let_through(projects: Store) -> None:
    """The second fence: no gate in front, the role alone."""
    statements = [
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', 'default', 'x')",
        "SELECT * FROM executable('x', 'TSV', 'a String')",
        "INSERT INTO alerts (project) VALUES ('x')",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "SYSTEM FLUSH LOGS",
    ]
    with projects.session() as reader:
        reader.become_reader(projects.database, {})
        for statement in statements:
            with pytest.raises(QueryRejected) as refused:
                reader.run(statement)
            assert refused.value.code in {164, 497}, statement


def test_role_and_gate_name_the_same_tables_of_the_engine() -> None:
    users = (Path(session.__file__).with_name("engine") / "users.xml").read_text(encoding="utf-8")
    assert set(re.findall(r"GRANT SELECT ON system\.(\w+)", users)) == SYSTEM_TABLES
