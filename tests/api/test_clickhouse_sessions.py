"""Sessions of the ClickHouse interface: SET holds for later statements of the same session, within what a reader may set."""

from __future__ import annotations

import httpx2
import pytest

from spanhouse_collector.api.clickhouse_sessions import Sessions, Wanted
from spanhouse_collector.errors import QueryRejected
from tests.api.conftest import Gateway


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """The test's own session."""
    return str(request.node.name)


@pytest.mark.store
@pytest.mark.net
def test_set_holds_in_its_session_and_what_a_request_says_goes_first(local_gateway: Gateway, name: str) -> None:
    assert local_gateway.rows("set session_timezone = 'Asia/Tokyo', max_execution_time = 2", session_id=name) == []
    zone = "SELECT timezone()"
    answer = local_gateway.ask(zone, session_id=name)
    assert (answer.text, answer.headers["x-clickhouse-timezone"]) == ("Asia/Tokyo\n", "Asia/Tokyo")
    assert local_gateway.rows(zone, session_id=name, session_timezone="Asia/Seoul") == [["Asia/Seoul"]]
    assert local_gateway.rows("SELECT getSetting('max_execution_time')", session_id=name) == [["2"]]
    assert local_gateway.rows(zone, session_id=f"{name}, another") == local_gateway.rows(zone) == [["UTC"]]


@pytest.mark.store
@pytest.mark.net
def test_a_session_s_filter_is_joined_to_the_one_that_keeps_projects_apart(gateway: Gateway, name: str) -> None:
    gateway.rows("SET additional_table_filters = {'spans': '1 OR 1'}", session_id=name)
    assert gateway.rows("SELECT DISTINCT project FROM spans", session_id=name) == [["shop"]]
    gateway.rows("SET additional_table_filters = {'spans': 'duration_ns < 0'}", session_id=name)
    assert gateway.rows("SELECT count() FROM spans", session_id=name) == [["0"]]


@pytest.mark.store
@pytest.mark.net
@pytest.mark.parametrize(
    "sql",
    [
        "SET readonly = 0",
        "SET allow_ddl = 1",
        "SET max_threads = 1, allow_ddl = 1",
        "SET ROLE owner",
        "SET max_threads = DEFAULT",
        "SET param_x = 1",
        "SET max_execution_time = 'soon'",
        "SET additional_table_filters = {'spans': '1) OR (1'}",
        "SET additional_table_filters = 5",
        "SET session_timezone = 'UTC'; SELECT 1",
    ],
)
def test_a_session_holds_nothing_that_a_reader_may_not_set(local_gateway: Gateway, name: str, sql: str) -> None:
    assert local_gateway.ask(sql, session_id=name).headers["x-clickhouse-exception-code"] in {"164", "36", "62", "497"}
    assert local_gateway.rows("SELECT getSetting('max_threads') = getSetting('max_threads')", session_id=name) == [["1"]]


@pytest.mark.store
@pytest.mark.net
def test_sessions_are_checked_closed_and_bounded_in_time(local_gateway: Gateway, name: str) -> None:
    unknown = local_gateway.ask("SELECT 1", session_id=name, session_check="1")
    assert unknown.headers["x-clickhouse-exception-code"] == "372"
    local_gateway.rows("SET session_timezone = 'Asia/Tokyo'", session_id=name)
    closing = {"session_id": name, "session_check": "1", "close_session": "1"}
    assert local_gateway.rows("SELECT timezone()", **closing) == [["Asia/Tokyo"]]
    assert local_gateway.rows("SELECT timezone()", session_id=name) == [["UTC"]]
    for timeout in ("3601", "-1", "soon"):
        answer = httpx2.post(local_gateway.url, params={"session_id": name, "session_timeout": timeout}, content="SELECT 1")
        assert answer.headers["x-clickhouse-exception-code"] == "374"


def test_a_session_ends_when_it_was_not_used_for_its_time() -> None:
    now_s = 0.0
    sessions = Sessions(clock=lambda: now_s)
    wanted = Wanted(name="a", timeout_s=10)

    def seen(project: str) -> dict[str, str]:
        with sessions.one(project, wanted) as settings:
            assert settings is not None
            return dict(settings)

    with sessions.one("shop", wanted) as settings:
        assert settings is not None
        settings["max_threads"] = "1"
    now_s = 9.0
    assert (seen("shop"), seen("rival")) == ({"max_threads": "1"}, {})
    now_s = 18.9
    assert seen("shop") == {"max_threads": "1"}
    now_s = 28.9
    with (
        pytest.raises(QueryRejected, match="SESSION_NOT_FOUND"),
        sessions.one("shop", Wanted(name="a", must_exist=True)),
    ):
        pass
    assert seen("shop") == {}


def test_the_session_unused_for_longest_gives_way_when_there_are_too_many() -> None:
    sessions = Sessions()
    for number in range(10_001):
        with sessions.one("shop", Wanted(name=str(number))):
            pass
    with sessions.one("shop", Wanted(name="1", must_exist=True)) as settings:
        assert settings == {}
    with pytest.raises(QueryRejected), sessions.one("shop", Wanted(name="0", must_exist=True)):
        pass
