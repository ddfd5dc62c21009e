"""Exactly once, also when the worker is killed, again and again."""

import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.evaluators.killed_worker import LEASE_S
from tests.source import ROOT

KILLS = 50
EVALUATORS = ("asked", "framed")
"""One by one and over frames, each with a store, at one time: starting the engine takes most of the test."""

SPANS = 500
QUESTIONS = 30
"""That a worker is asked at most before it is killed; it stores after 20. Together they leave the last one something to do."""


def started(folder: Path, *, spans: int = 0) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.evaluators.killed_worker", str(folder), str(spans), folder.name]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_again_and_again(folder: Path) -> dict[str, int]:
    """Return what the last worker on a store found, after its share of the kills."""
    folder.mkdir()
    with started(folder, spans=SPANS) as seeding:
        pass
    assert seeding.returncode == 0
    chance = random.Random(folder.name)
    for _ in range(KILLS // len(EVALUATORS)):
        with started(folder) as worker:
            assert worker.stdout is not None
            assert worker.stdout.read(chance.randint(1, QUESTIONS)).startswith(".")
            time.sleep(chance.uniform(0.0, 0.02))  # so that some are met while they store
            worker.kill()
    time.sleep(2 * LEASE_S)  # until the lease of the last one has run out
    with started(folder) as worker:
        output, _ = worker.communicate()
    found: dict[str, int] = json.loads(output.lstrip("."))
    return found


@pytest.mark.store
@pytest.mark.timeout(400)  # the engine starts 54 times: some 45 s on a quiet machine
def test_fifty_workers_killed_at_random_leave_no_span_out_and_score_none_twice(tmp_path: Path) -> None:
    with ThreadPoolExecutor(len(EVALUATORS)) as pool:
        for found in pool.map(killed_again_and_again, [tmp_path / name for name in EVALUATORS]):
            assert 0 < found.pop("this_run") < SPANS  # the killed ones did some of the work, and left some
            assert found == {"rows": SPANS, "scored": SPANS}
