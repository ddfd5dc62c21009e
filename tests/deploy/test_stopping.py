"""Stopping the service ends it, whatever it is being asked at that moment."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from spanhouse_collector.storage import Store
from spanhouse_server.service import Service
from spanhouse_server.settings import Settings

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
