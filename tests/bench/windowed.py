"""One job over windows in a process of its own, over spans already stored: its time, and its memory above the idle engine.

`python -m tests.bench.windowed FOLDER fill SPANS`, then `... FOLDER latency` or `... FOLDER drift`, which print one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from spanhouse_collector.storage import Query, State, Store, migrate
from spanhouse_evaluators import tables as _declared  # noqa: F401 - importing it declares the jobs' tables
from spanhouse_evaluators.jobs.drift import DriftJob
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.jobs.latency import LatencyJob

# One day of calls of three models behind two providers, of four services with six prompts and two releases, spread evenly, all
# with every number that drift is watched on.
_FILL = """
INSERT INTO spans (project, start_time, duration_ns, trace_id, span_id, kind, request_model, response_model, provider,
    prompt_name, service, release, input_tokens, output_tokens, time_to_first_chunk_ns, cost_usd, content, received_at, stored_at)
SELECT 'default', toDateTime64('2026-11-20 00:00:00', 9, 'UTC') + toIntervalMillisecond(toInt64(number * 86400000. / {n:UInt64})),
    toInt64(exp(randNormal(20, 1))), lower(hex(number)), lower(hex(number)), 'llm',
    ['small', 'large', 'huge'][1 + number % 3] AS asked, concat(asked, '-1'), ['one', 'two'][1 + number % 3 % 2],
    concat('prompt ', toString(intDiv(number, 3) % 6)), concat('service ', toString(intDiv(number, 18) % 4)),
    if(number < {n:UInt64} / 2 OR number % 7 < 3, '1', '2'),
    toUInt64(exp(randNormal(6, 1, 4))), toUInt64(exp(randNormal(5, 1, 1))), toUInt64(exp(randNormal(18, 1, 2))),
    toDecimal64(exp(randNormal(1, 1, 3)) / 1000, 12),
    map('gen_ai.input.messages', repeat('a', toUInt64(exp(randNormal(4, 1, 5)))),
        'gen_ai.output.messages', repeat('b', toUInt64(exp(randNormal(3, 1, 6))))),
    now64(3), now64(3)
FROM numbers({n:UInt64})
"""


def main() -> None:
    """Fills the store or runs a job over it."""
    folder, what, *rest = sys.argv[1:]
    store, state = Store(f"chdb://{folder}/store"), State(f"sqlite:///{folder}/state.sqlite")
    if what == "fill":
        migrate(store)
        store.execute(Query(name="fill", text=_FILL), {"n": int(rest[0])}, settings={"max_threads": 1})
    else:
        state.create_tables()
        job = DriftJob(store=store, state=state) if what == "drift" else LatencyJob(store=store, state=state, window_s=3_600)
        print(json.dumps(_measured(store, job)))
    store.close()
    state.close()


def _measured(store: Store, job: Job) -> dict[str, float]:
    store.query(Query(name="idle", text="SELECT 1"))
    idle_mb = _memory_mb("VmRSS")
    start_s, start_cpu_s = time.monotonic(), time.process_time()
    counts = [found.scored for found in job.run("bench")]
    return {
        "s": time.monotonic() - start_s,
        "CPU s": time.process_time() - start_cpu_s,
        "measurements": sum(counts),
        "idle engine, MB": idle_mb,
        "peak above the idle engine, MB": _memory_mb("VmHWM") - idle_mb,
    }


def _memory_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
