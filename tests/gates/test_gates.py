"""The gates themselves: what they let through, what they refuse, and that a swallowed refusal still fails its test."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import clickhouse_connect
import pytest
from blockbuster import BlockingError, blockbuster_ctx

from spanhouse_collector.storage import Store
from tests.gates import network_gate, store_gate
from tests.gates.gate import Gate, ShutGateError


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_a_socket_without_the_marker_is_refused() -> None:
    with pytest.raises(ShutGateError, match="without the marker `net`"):
        socket.create_connection(("127.0.0.1", 9))
    assert len(network_gate.take_violations()) == 1


@pytest.mark.net
def test_the_marker_opens_loopback(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as connection:
        assert connection.getpeername() == listener.getsockname()


@pytest.mark.net
@pytest.mark.parametrize("host", ["192.0.2.1", "example.invalid", "0.0.0.0"])  # addresses that RFC 5737 and 2606 keep unused
def test_nothing_leaves_this_machine_even_with_the_marker(host: str) -> None:
    with pytest.raises(ShutGateError, match="this machine only"):
        socket.create_connection((host, 9), timeout=1)
    assert len(network_gate.take_violations()) == 1


def test_the_engine_without_the_marker_is_refused(engine_url: str, database: str) -> None:
    with pytest.raises(ShutGateError, match="without the marker `store`"):
        Store(engine_url, database=database)
    assert len(store_gate.take_violations()) == 1


def test_a_clickhouse_client_without_the_marker_is_refused() -> None:
    with pytest.raises(ShutGateError, match="without the marker `store`"):
        clickhouse_connect.get_client(host="127.0.0.1", port=9)
    assert len(store_gate.take_violations()) == 1


@pytest.mark.store
def test_the_marker_opens_the_store(store: Store) -> None:
    tables = store.raw("SHOW TABLES", output_format="TabSeparated").decode().split()
    assert {"spans", "scores"} <= set(tables)


def test_a_refusal_that_was_swallowed_is_remembered() -> None:
    gate = Gate("marker")
    with gate.for_test(is_open=False), suppress(ShutGateError):
        gate.check("something")
    assert gate.take_violations() == ["something in a test without the marker `marker`; add the marker or do without"]
    assert gate.take_violations() == []


def test_a_thread_that_an_earlier_test_left_is_not_this_tests_doing() -> None:
    gate = Gate("marker")
    begun, ended = threading.Event(), threading.Event()

    def linger() -> None:
        begun.wait()
        with suppress(ShutGateError):
            gate.check("something")
        ended.set()

    threading.Thread(target=linger).start()
    with gate.for_test(is_open=False):
        begun.set()
        ended.wait()
    assert gate.take_violations() == []


def test_a_thread_of_the_test_itself_is() -> None:
    gate = Gate("marker")

    def touch() -> None:
        with suppress(ShutGateError):
            gate.check("something")

    with gate.for_test(is_open=False):
        thread = threading.Thread(target=touch)
        thread.start()
        thread.join()
    assert len(gate.take_violations()) == 1


def test_outside_a_test_a_gate_does_nothing() -> None:
    gate = Gate("marker")
    gate.check("something")
    assert not gate.guards_a_test


def test_variables_of_the_developer_do_not_reach_a_test() -> None:
    assert not [name for name in os.environ if name.startswith(("SPANHOUSE_", "OTEL_", "OPENAI_"))]


async def test_our_code_may_not_block_the_event_loop() -> None:
    with blockbuster_ctx(__name__), pytest.raises(BlockingError):
        time.sleep(0.001)  # noqa: ASYNC251 - the very thing that must not go unnoticed
