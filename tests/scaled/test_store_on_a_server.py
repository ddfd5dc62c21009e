"""A ClickHouse server in place of the embedded engine: the same rows, and nothing lost while it is away, hangs or is shared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_collector.storage import Store, load
from spanhouse_server.cli import run
from spanhouse_server.settings import Settings
from tests.clickhouse_server.process import ClickHouseProcess
from tests.corpus.capture.expected import EXPECTED
from tests.corpus.test_corpus import mismatches, send
from tests.durability.load import USAGE, Load
from tests.durability.process import Process
from tests.otlp.messages import span, traces
from tests.server import running

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.timeout(300)]

PROTOBUF = {"content-type": "application/x-protobuf"}
Collector = Callable[[str], Process]


@pytest.fixture
def collector(clickhouse: ClickHouseProcess, tmp_path: Path) -> Iterator[Collector]:
    """Starts a collector, with a data folder of that name, on the server."""
    with ExitStack() as running_ones:

        def start(name: str) -> Process:
            process = Process(tmp_path / name, "--store", clickhouse.url, "--role", "collector")
            running_ones.callback(process.kill)
            process.start()
            return process

        yield start


def figure(process: Process, name: str) -> float:
    """A figure of /metrics, over all its labels."""
    lines = httpx2.get(f"{process.http_url}/metrics", timeout=30).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


def agreement(clickhouse: ClickHouseProcess, *collectors: Process, spans: int) -> dict[str, Any]:
    """Rows, ids and rollup of the default project, once the journals are empty and the rollup has caught up."""
    store = Store(clickhouse.url)
    end_s = time.monotonic() + 120
    while True:
        waiting = sum(figure(one, "spanhouse_journal_bytes") for one in collectors)
        (found,) = store.query(load("tests.otlp.sql", "agreement"), {"project": DEFAULT_PROJECT})
        if (not waiting and found["rolled_up"] == spans) or time.monotonic() > end_s:
            store.close()
            return found
        time.sleep(0.2)


def counted_once(found: dict[str, Any], spans: int) -> None:
    assert {name: found[name] for name in ("rows", "ids", "rolled_up")} == {"rows": spans, "ids": spans, "rolled_up": spans}
    assert found["tokens"] == found["rolled_up_tokens"]
    assert found["cost_usd"] == found["rolled_up_cost_usd"]


def test_every_dialect_becomes_the_same_rows(
    clickhouse: ClickHouseProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["migrate", "--store", clickhouse.url]) == 0
    assert "applied  0001_spans" in capsys.readouterr().out
    settings = Settings(data=tmp_path / "data", store=clickhouse.url, http_port=0, grpc_port=0, role="collector")
    projects = {name: name.replace("/", "-") for name in EXPECTED}
    with running(settings) as server, httpx2.Client() as client:
        for name, project in projects.items():
            send(client, server, name, project)
        store = server.settled()
        rows = {name: store.query(load("tests.corpus.sql", "rows"), {"project": project}) for name, project in projects.items()}
        assert store.raw("SELECT count() FROM dead_letters", output_format="TSV") == b"0\n"
    assert [line for name in EXPECTED for line in mismatches(name, rows[name])] == []
    assert run(["migrate", "--store", clickhouse.url]) == 0
    assert "applied" not in capsys.readouterr().out


def test_one_batch_through_two_collectors_at_once_is_counted_once(clickhouse: ClickHouseProcess, collector: Collector) -> None:
    with ThreadPoolExecutor(8) as pool:
        both = list(pool.map(collector, ["one", "two"]))
        batches = [traces(*(span("call", USAGE) for _ in range(50))).SerializeToString() for _ in range(8)]
        for body in batches:
            sent = [
                pool.submit(httpx2.post, f"{one.http_url}/v1/traces", content=body, headers=PROTOBUF, timeout=30) for one in both
            ]
            assert [done.result().status_code for done in sent] == [200, 200]
    counted_once(agreement(clickhouse, *both, spans=400), 400)
    for one in both:
        one.stop()


def test_a_server_that_is_a_cluster_s_node_is_asked_as_one(
    clickhouse: ClickHouseProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = ["--store", clickhouse.url, "--cluster", "house"]
    assert run(["migrate", *node, "--dry-run"]) == 0
    assert "CREATE TABLE spans ON CLUSTER `house`" in capsys.readouterr().out
    assert run(["migrate", *node]) == 0
    one = Process(tmp_path / "one", *node, "--role", "collector")
    one.start()
    try:
        body = traces(*(span("call", USAGE) for _ in range(50))).SerializeToString()
        for _ in range(2):
            assert httpx2.post(f"{one.http_url}/v1/traces", content=body, headers=PROTOBUF, timeout=30).status_code == 200
        counted_once(agreement(clickhouse, one, spans=50), 50)
        one.stop()
    finally:
        one.kill()


def test_nothing_is_lost_when_collectors_and_the_server_are_killed(clickhouse: ClickHouseProcess, collector: Collector) -> None:
    one = collector("one")
    load = Load(one, seed=1)
    with ThreadPoolExecutor(3) as pool:
        senders = [pool.submit(load.send) for _ in range(3)]
        try:
            time.sleep(0.5)
            clickhouse.kill()
            before = load.acknowledged
            end_s = time.monotonic() + 60
            while load.acknowledged < before + 1_000 and time.monotonic() < end_s:
                time.sleep(0.05)
            assert load.acknowledged >= before + 1_000
            one.kill()
            clickhouse.start()
            one.start()
        finally:
            load.stopping.set()
        for sender in senders:
            sender.result()
    load.close()
    counted_once(agreement(clickhouse, one, spans=load.acknowledged), load.acknowledged)
    one.stop()


def test_a_server_that_hangs_holds_up_no_sender_and_its_journal_is_refused_to_others(
    clickhouse: ClickHouseProcess, collector: Collector, tmp_path: Path
) -> None:
    one = collector("one")
    body = traces(*(span("call", USAGE) for _ in range(10))).SerializeToString()
    clickhouse.freeze()
    try:
        for _ in range(5):
            assert httpx2.post(f"{one.http_url}/v1/traces", content=body, headers=PROTOBUF, timeout=10).status_code == 200
        assert figure(one, "spanhouse_journal_items") == 50
        assert httpx2.get(f"{one.http_url}/readyz").status_code == 200
    finally:
        clickhouse.thaw()
    counted_once(agreement(clickhouse, one, spans=10), 10)
    settings = Settings(data=tmp_path / "one", store=clickhouse.url, http_port=0, grpc_port=0, role="collector")
    with running(settings, wait_until_ready=False) as second:
        while "belongs to another collector" not in (reason := httpx2.get(f"{second.http_url}/readyz").json()["reason"]):
            assert reason == "the store is being opened"
            time.sleep(0.05)
        one.stop()
        while httpx2.get(f"{second.http_url}/readyz").status_code != 200:
            time.sleep(0.05)
