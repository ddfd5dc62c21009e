"""Stopping the service ends it, whatever it is being asked at that moment."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from spanhouse_collector.storage import Store
from spanhouse_server.service import Service
from spanhouse_server.settings import Settings
from tests.durability.process import Process

pytestmark = [pytest.mark.store, pytest.mark.net]


def test_a_long_statement_does_not_keep_the_service_from_stopping(tmp_path: Path, engine_url: str, store: Store) -> None:
    """The statement would run for a minute, and the test's time ends before."""
    place = Settings(data=tmp_path / "data", store=engine_url, database=store.database)
    service = Service(replace(place, http_port=0, grpc_port=0, clickhouse_port=0))
    ready = threading.Event()
    serving = threading.Thread(target=service.run, kwargs={"on_ready": lambda _service: ready.set()})
    serving.start()
    assert ready.wait(15)

    def ask() -> None:
        statement = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"
        answers.append(httpx2.post(f"http://127.0.0.1:{service.clickhouse_port}/", content=statement, timeout=60).status_code)

    answers: list[int] = []
    asking = threading.Thread(target=ask)
    asking.start()
    while not store.raw("SELECT 1 FROM system.processes WHERE Settings['readonly'] = '2'", output_format="TSV"):
        time.sleep(0.05)
    service.stop()
    serving.join()
    asking.join()
    assert answers == [500]


def test_a_crash_ends_the_process_so_that_a_supervisor_starts_it_anew(tmp_path: Path) -> None:
    process = Process(tmp_path / "data")
    process.start()
    assert httpx2.get(f"{process.http_url}/traces").status_code == 200
    os.kill(process.pid, signal.SIGSEGV)
    deadline = time.monotonic() + 30
    while not process.is_over() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.is_over()
    assert "Fatal Python error: Segmentation fault" in process.log.read_text(encoding="utf-8")
    process.kill()  # which leaves nothing of the one that is over
    process.start()
    process.stop()
