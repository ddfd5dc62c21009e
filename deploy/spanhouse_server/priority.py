"""Lets what nobody waits for run behind what stores and answers, when CPUs are short.

A thread may lower its own priority without any right, and whatever threads it starts begin with that (Linux, setpriority(2)
takes a thread's id; credentials(7)). The engine's threads serve everybody in turns and stay with the priority of whoever asked
first, so enough of them are started beforehand; those that merge and delete do nothing else. Must not know what the threads do.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_server.sql"
# Of two threads that want the same CPU, one that stands behind gets a tenth (sched(7): each step of 19 is a factor of 1.25).
_BEHIND = 10


def start_engine_threads(store: Store) -> None:
    """Has the embedded engine start its threads now, with the caller's priority; does nothing for a server."""
    if store.is_embedded:
        store.execute(load(_SQL, "start_threads"))


def put_behind(names: Iterable[str]) -> None:
    """Lowers the priority of this process' threads of these names, for good; elsewhere than on Linux does nothing.

    Names are Python's, and the system's for threads that are not Python's.
    """
    if not sys.platform.startswith("linux"):
        return
    wanted = frozenset(names)
    lowered = min(19, os.getpriority(os.PRIO_PROCESS, 0) + _BEHIND)
    ours = {thread.native_id: thread.name for thread in threading.enumerate()}
    for task in Path("/proc/self/task").iterdir():
        thread_id = int(task.name)
        # One that ends meanwhile needs no priority any more.
        with contextlib.suppress(OSError):
            name = ours.get(thread_id) or (task / "comm").read_text().strip()
            if name in wanted:
                os.setpriority(os.PRIO_PROCESS, thread_id, lowered)
