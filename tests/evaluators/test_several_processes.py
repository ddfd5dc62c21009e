"""Several processes keep to one schedule: each due run happens once, also when its process is killed."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert

from spanhouse_collector.storage import State
from spanhouse_evaluators import tables
from spanhouse_evaluators.runs import CUT_OFF, RunLog
from tests.source import ROOT

pytestmark = pytest.mark.timeout(120)  # several interpreters start

HOUR_S = 3_600
PATIENCE_S = 60.0


class Workers:
    """Processes with a schedule each over one state database (`due_worker.py`), and what they say as it comes."""

    def __init__(self, url: str, *, interval_s: float, lease_s: float = 1.0, hold: bool = False) -> None:
        settings = [url, str(interval_s), str(lease_s), "hold" if hold else "go"]
        self._command = [sys.executable, "-m", "tests.evaluators.due_worker", *settings]
        self._open = ExitStack()
        self._said: queue.Queue[tuple[subprocess.Popen[str], str]] = queue.Queue()

    def start(self) -> subprocess.Popen[str]:
        process = self._open.enter_context(
            subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        self._open.callback(process.kill)
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def hear(self, word: str) -> tuple[subprocess.Popen[str], str]:
        """Return who says this word next, and what else it says with it."""
        while True:
            process, line = self._said.get(timeout=PATIENCE_S)
            if line.split()[0] == word:
                return process, line.removeprefix(word).strip()

    def stop(self, process: subprocess.Popen[str]) -> None:
        """End it as its supervisor would, after its portion."""
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0

    def close(self) -> None:
        self._open.close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._said.put((process, line))


@pytest.fixture
def url(state: State, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.sqlite'}"


@pytest.fixture
def opened() -> Iterator[list[Workers]]:
    made: list[Workers] = []
    yield made
    for workers in made:
        workers.close()


def missed(state: State) -> None:
    """The job last ran days ago."""
    long_ago_ms = time.time_ns() // 10**6 - 50 * HOUR_S * 1000
    with state.transaction() as transaction:
        transaction.execute(insert(tables.runs).values(run_id="old", job="probe", started_ms=long_ago_ms, ended_ms=long_ago_ms))


def test_each_due_run_is_started_by_one_process(state: State, url: str, opened: list[Workers]) -> None:
    interval_s, log = 0.2, RunLog(state)
    workers = Workers(url, interval_s=interval_s)
    opened.append(workers)
    processes = [workers.start() for _ in range(2)]
    ran = [workers.hear("run")[1] for _ in range(20)]
    for process in processes:
        workers.stop(process)
    starts = {record.run_id: record.started_ms for record in log.recent()}
    assert set(ran) <= set(starts)
    gaps_ms = [late - early for early, late in pairwise(sorted(starts.values()))]
    assert min(gaps_ms) >= interval_s * 1000


def test_a_missed_run_whose_process_is_killed_is_taken_over_once(state: State, url: str, opened: list[Workers]) -> None:
    missed(state)
    workers = Workers(url, interval_s=HOUR_S, hold=True)
    opened.append(workers)
    killed = workers.start()
    # Heard before there is an heir: on a busy machine one that has the lease can lose it before it says so.
    (_, cut_off), waiting = workers.hear("run"), workers.start()
    killed.kill()
    heir, taken_over = workers.hear("run")
    assert heir is waiting
    assert heir.stdin is not None
    print(file=heir.stdin, flush=True)
    workers.stop(heir)
    late = workers.start()
    while workers.hear("waits")[0] is not late:  # the others may have said it too
        pass
    workers.stop(late)
    newest, before, _ = RunLog(state).recent()
    assert (newest.run_id, newest.error, newest.counts.scored) == (taken_over, "", 1)
    assert (before.run_id, before.error) == (cut_off, CUT_OFF)
