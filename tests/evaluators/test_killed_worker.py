"""Exactly once, also when the worker is killed."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.source import ROOT

SPANS = 600
KILLS = 4


def started(folder: Path) -> subprocess.Popen[str]:
    """Return a worker that has just begun to score."""
    arguments = [sys.executable, "-m", "tests.evaluators.killed_worker", str(folder), str(SPANS)]
    worker = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


@pytest.mark.store
@pytest.mark.timeout(90)  # the engine starts six times
def test_workers_killed_at_random_leave_no_span_out_and_score_none_twice(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    for _ in range(KILLS):
        with started(tmp_path) as worker:
            time.sleep(chance.uniform(0.05, 0.6))
            worker.kill()
    time.sleep(0.3)  # until the lease of the last one has run out
    with started(tmp_path) as worker:
        output, _ = worker.communicate()
    found = json.loads(output)
    assert 0 < found.pop("this_run") < SPANS  # the killed ones did some of the work, and left some
    assert found == {"rows": SPANS, "scored": SPANS}
