"""The engine's floor: rows that are decoded and priced already, moved from a Memory table into the same tables.

Like the collector's own inserts these leave copies within an insert to merges: looking for them costs 11 of 28 µs a span.
Runs in a process of its own, because chDB's CPU time must not mix with the bench's.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Some more parts than are merged at once, as a load of 400 requests has: merges belong to both sides.
_SEGMENTS = 14
_REQUESTS_IN_SEGMENT = 32
_SQL = "spanhouse_collector.ingest.sql"
_COLUMNS = """
SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = 'spans' AND name IN (
    SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'staged_spans_floor')
"""
# The same as storing.part.
_AS_STORED = {"max_threads": 1, "optimize_on_insert": 0}
_MOVE = "INSERT INTO spans ({names}) SELECT {names} FROM staged_spans_floor"


def cpu_s_per_span() -> float:
    """CPU seconds a span costs the engine alone, merges included."""
    answer = subprocess.run([sys.executable, "-m", "tests.bench.floor"], check=True, capture_output=True, text=True)
    return float(answer.stdout)


def _measure() -> float:
    from spanhouse_collector.ingest import frames
    from spanhouse_collector.ingest.batch import BatchWriter
    from spanhouse_collector.otlp import nested
    from spanhouse_collector.storage import Query, Store, load, migrate
    from tests.bench.payload import SPANS, Body
    from tests.bench.server import settle

    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"chdb://{folder}/store")
        migrate(store)
        writer = BatchWriter(store, "traces", instance="floor", nested=nested)
        bodies = [Body(seed) for seed in range(_REQUESTS_IN_SEGMENT)]
        segment = Path(folder) / "segment.frames"
        found = store.query(Query(name="columns", text=_COLUMNS))
        names = ", ".join(f"`{row['name']}`" for row in found)
        move = Query(name="move", text=_MOVE.format(names=names))
        spent_s = 0.0
        # Until all is stored: a merge that ran beside decoding could not be told from it.
        store.execute(Query(name="stop_merges", text="SYSTEM STOP MERGES"))
        for number in range(_SEGMENTS):
            requests = range(number * _REQUESTS_IN_SEGMENT, (number + 1) * _REQUESTS_IN_SEGMENT)
            renewed = (body.renewed(number) for body, number in zip(bodies, requests, strict=True))
            now_ms = time.time_ns() // 1_000_000
            segment.write_bytes(b"".join(frames.encode(one, project="default", received_ms=now_ms) for one in renewed))
            writer.decode(segment)
            before_s = _cpu_s()
            store.execute(move, settings=_AS_STORED)
            store.execute(load(_SQL, "store_trace_times"), {"staging": "staged_spans_floor"}, settings=_AS_STORED)
            spent_s += _cpu_s() - before_s
        before_s = _cpu_s()
        store.execute(Query(name="start_merges", text="SYSTEM START MERGES"))
        settle(_cpu_s)
        spent_s += _cpu_s() - before_s
        store.close()
    return spent_s / (_SEGMENTS * _REQUESTS_IN_SEGMENT * SPANS)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(_measure())
