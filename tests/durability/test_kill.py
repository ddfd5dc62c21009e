"""Acknowledged means stored, once: whatever is acknowledged is there after the process was killed at any moment."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.load import BATCH, assert_stored_once, under_load, wait_until_stored
from tests.durability.process import Process

# A hundred rounds of a start (a second), half a second of load at most, and the kill; a busy machine takes several times as long.
LIMIT_S = 900


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "data")
    started.start()
    yield started
    started.kill()


@pytest.mark.net
@pytest.mark.timeout(LIMIT_S)
def test_R05_nothing_acknowledged_is_lost_or_doubled_by_kills(
    process: Process, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills = int(request.config.getoption("--kills") or 0)
    moments = random.Random(kills)
    with under_load(process) as sending:
        for _ in range(kills):
            time.sleep(moments.random() * 0.5)
            process.kill()
            process.start()
    assert sending.acknowledged > kills * BATCH
    assert sending.retries > kills
    wait_until_stored(process)
    process.stop()
    assert_stored_once(tmp_path / "data", sending.acknowledged)
    assert list((tmp_path / "data" / "journal").rglob("*.*")) == []
