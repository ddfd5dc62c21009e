"""When CPUs are short, what nobody waits for runs behind what stores and answers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spanhouse_server.settings import Settings
from tests.server import running

pytestmark = [pytest.mark.store, pytest.mark.net]

# In a process of its own, whose engine has started no more than it needed to open.
_COUNT = """
import sys
from pathlib import Path
from spanhouse_collector.storage import Store
from spanhouse_server.priority import start_engine_threads

def count():
    return sum((one / "comm").read_text() == "ThreadPool\\n" for one in Path("/proc/self/task").iterdir())

store = Store(f"chdb://{sys.argv[1]}/store")
before = count()
start_engine_threads(store)
print(before, count())
store.close()
"""


def _niceness(thread: threading.Thread) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread.native_id or 0)


def _merging() -> set[int]:
    tasks = (one for one in Path("/proc/self/task").iterdir() if (one / "comm").read_text() == "MergeMutate\n")
    return {os.getpriority(os.PRIO_PROCESS, int(one.name)) for one in tasks}


def test_rollup_jobs_and_merges_stand_behind_ingest(engine_url: str, database: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store=engine_url, database=database, http_port=0, grpc_port=0, clickhouse_port=0)
    own = _niceness(threading.current_thread())
    with running(settings):
        found = {one.name: _niceness(one) for one in threading.enumerate()}
        assert (found["rollup"], found["evaluators"]) == (own + 10, own + 10)
        assert found["inserter-traces"] == own
        assert _merging() == {own + 10}


def test_the_engine_has_threads_before_anybody_who_stands_behind_asks_for_them(tmp_path: Path) -> None:
    counted = subprocess.run([sys.executable, "-c", _COUNT, str(tmp_path)], check=True, capture_output=True, text=True).stdout
    before, after = map(int, counted.split())
    assert before < 10
    assert after > 15
