"""Acknowledged means stored, once, also after a power cut: what no disk had by then is in the journal."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.disk import Disk
from tests.durability.load import BATCH, assert_stored_once, under_load, wait_until_stored
from tests.durability.process import Process

CUTS = 4
# From before the first sync of what was stored to after many.
LONGEST_S = 6.0
LIMIT_S = 400


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def process(disk: Disk) -> Iterator[Process]:
    started = Process(disk.folder)
    started.start()
    yield started
    started.kill()


@pytest.mark.net
@pytest.mark.mount
@pytest.mark.timeout(LIMIT_S)
def test_R05_nothing_acknowledged_is_lost_or_doubled_by_power_cuts(process: Process, disk: Disk) -> None:
    moments = random.Random(CUTS)
    with under_load(process) as sending:
        for number in range(CUTS):
            time.sleep(LONGEST_S * (number + moments.random()) / CUTS)
            # A process that lived on could be told that a sync was done that the cut ended, and acknowledge what is lost.
            process.freeze()
            disk.cut_power()
            process.kill()
            disk.restore_power()
            process.start()
    assert sending.acknowledged > CUTS * BATCH
    wait_until_stored(process)
    process.stop()
    assert_stored_once(disk.folder, sending.acknowledged)
