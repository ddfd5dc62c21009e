"""Evaluators: deterministic ones per second, the whole job, drift over many spans, and judges beside what the endpoint allows.

CPU time stands beside the clock, because the machine may be shared. SPANS, DRIFT_SPANS and JUDGE_CALLS set the sizes.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spanhouse_collector.storage import Query, State, Store, migrate
from spanhouse_evaluators.contract import Context
from spanhouse_evaluators.jobs.drift import DriftJob
from spanhouse_evaluators.jobs.latency import LatencyJob
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointSettings
from spanhouse_evaluators.judges.judge import Judge
from spanhouse_evaluators.judges.prompts import GROUNDED
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.registry import BUILT_IN, find
from spanhouse_evaluators.run import run, run_together
from tests.bench.report import Report
from tests.evaluators.conftest import answered, retrieved
from tests.evaluators.judge_server import Told, serving

_SPANS = int(os.environ.get("SPANS", "20000"))
_DRIFT_SPANS = int(os.environ.get("DRIFT_SPANS", "10000000"))
_JUDGE_CALLS = int(os.environ.get("JUDGE_CALLS", "640"))

_SLOTS = 32
_LATENCY_S = 0.5
_INSERT_ROWS = 10_000


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("eval")
    with tempfile.TemporaryDirectory() as folder:
        store, state = Store(f"chdb://{folder}/store"), State(f"sqlite:///{folder}/state.sqlite")
        migrate(store)
        state.create_tables()
        _deterministic(report)
        _quality(report, store, state)
        _windows(report, store, state)
        _judges(report, state)
        store.close()
        state.close()
    report.write()


def _words(chance: random.Random, n: int) -> str:
    return " ".join(chance.choices([f"word{i}" for i in range(2_000)], k=n))


def _deterministic(report: Report) -> None:
    """All built-in evaluators over contexts in memory, in one thread."""
    chance = random.Random(1)
    contexts = [
        Context(
            input=_words(chance, 20), output=_words(chance, 60), documents=(_words(chance, 120),), reference=_words(chance, 60)
        )
        for _ in range(5_000)
    ]
    with _timed(report, "all deterministic evaluators", len(contexts)):
        for context in contexts:
            for evaluator in BUILT_IN:
                run(evaluator, context)


def _quality(report: Report, store: Store, state: State) -> None:
    """The quality job with the default evaluators: reading, judging, storing."""
    chance = random.Random(2)
    for start in range(0, _SPANS, _INSERT_ROWS):
        calls = [answered(_words(chance, 60), _words(chance, 20)) for _ in range(min(_INSERT_ROWS, _SPANS - start))]
        found = [retrieved({"content": _words(chance, 120)}, trace_id=call["trace_id"]) for call in calls]
        store.insert("spans", calls + found)
    names = ("groundedness", "refusal", "answer_length")
    job = QualityJob(store=store, state=state, assignments=tuple(Assignment(evaluator=e) for e in find(names)))
    with _timed(report, "quality job, three evaluators", _SPANS):
        for _ in job.run("bench"):
            pass
    store.execute(Query(name="truncate", text="TRUNCATE TABLE spans"))


_FILL = """
INSERT INTO spans (project, start_time, duration_ns, trace_id, span_id, kind, request_model, release, output_tokens,
    time_to_first_chunk_ns, cost_usd, received_at, stored_at)
SELECT 'default', toDateTime64('2026-11-20 00:00:00', 9, 'UTC') + toIntervalMillisecond(toInt64(number * 86400000. / {n:UInt64})),
    toInt64(exp(randNormal(20, 1))), lower(hex(number)), lower(hex(number)), 'llm',
    ['small', 'large', 'huge'][1 + number % 3], '1',
    toUInt64(exp(randNormal(5, 1, 1))), toUInt64(exp(randNormal(18, 1, 2))), toDecimal64(exp(randNormal(1, 1, 3)) / 1000, 12),
    now64(3), now64(3)
FROM numbers({n:UInt64})
"""


def _windows(report: Report, store: Store, state: State) -> None:
    """Latency percentiles and drift, four features over three models and all of them, by the hour of one day."""
    store.execute(Query(name="fill", text=_FILL), {"n": _DRIFT_SPANS}, settings={"max_threads": 1})
    for name, job in (
        ("latency job", LatencyJob(store=store, state=state, window_s=3_600)),
        ("drift job", DriftJob(store=store, state=state)),
    ):
        with _timed(report, name, _DRIFT_SPANS):
            for _ in job.run("bench"):
                pass
    report.add("peak memory of the process, MB", _peak_mb())


def _judges(report: Report, state: State) -> None:
    """A fake endpoint that takes half a second for each answer and has 32 slots."""
    with serving() as server:
        server.answer = lambda _: Told(wait_s=_LATENCY_S)
        endpoint = Endpoint(EndpointSettings(url=server.url, model="fake", concurrency=_SLOTS))
        judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
        contexts = [Context(input="q", output=f"answer {n}", documents=("d",)) for n in range(_JUDGE_CALLS)]
        start_s = time.monotonic()
        asyncio.run(run_together(judge, contexts, concurrency=_SLOTS))
        took_s = time.monotonic() - start_s
        endpoint.close()
    report.add("judges, calls/s", _JUDGE_CALLS / took_s)
    report.add("judges, share of what 32 slots allow, %", 100 * _JUDGE_CALLS / took_s * _LATENCY_S / _SLOTS)


@contextmanager
def _timed(report: Report, name: str, n: int) -> Iterator[None]:
    start_s, start_cpu_s = time.monotonic(), time.process_time()
    yield
    took_s, cpu_s = time.monotonic() - start_s, time.process_time() - start_cpu_s
    report.add(f"{name}, s", took_s)
    report.add(f"{name}, CPU s", cpu_s)
    report.add(f"{name}, spans/s", n / took_s)
    report.add(f"{name}, spans per CPU s", n / cpu_s)


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
