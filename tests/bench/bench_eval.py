"""Evaluators: deterministic ones per second, the whole job, drift over many spans, and judges beside what the endpoint allows.

CPU time stands beside the clock, because the machine may be shared. EVALUATED, SPANS, DRIFT_SPANS and JUDGE_CALLS set the sizes,
PARTS=windows and the like what is run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from spanhouse_collector.storage import State, Store, load, migrate
from spanhouse_evaluators.contract import Context, Evaluator
from spanhouse_evaluators.frames import FrameEvaluator, frame_of, said, with_columns
from spanhouse_evaluators.jobs.asking import STORED_EVERY_S
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointSettings
from spanhouse_evaluators.judges.judge import Judge
from spanhouse_evaluators.judges.prompts import GROUNDED
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.registry import BUILT_IN
from spanhouse_evaluators.run import run_as_they_come
from tests.bench.report import Report
from tests.source import ROOT

_EVALUATED = int(os.environ.get("EVALUATED", "1000000"))
_SPANS = int(os.environ.get("SPANS", "1000000"))
_PARTS = os.environ.get("PARTS", "deterministic,quality,windows,judges").split(",")
_DRIFT_SPANS = int(os.environ.get("DRIFT_SPANS", "10000000"))
_JUDGE_CALLS = int(os.environ.get("JUDGE_CALLS", "1920"))

_SLOTS = 32
_LATENCY_S = 0.5
_INSERT_ROWS = 50_000


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("eval")
    with tempfile.TemporaryDirectory() as folder:
        store, state = Store(f"chdb://{folder}/store"), State(f"sqlite:///{folder}/state.sqlite")
        migrate(store)
        state.create_tables()
        if "deterministic" in _PARTS:
            _deterministic(report)
        if "quality" in _PARTS:
            _quality(report, store, state)
        if "windows" in _PARTS:
            _windows(report)
        if "judges" in _PARTS:
            _judges(report, state)
        store.close()
        state.close()
    report.write()


def _vocabulary() -> list[str]:
    """Words to make texts of: English's small words, as often as in prose, and made-up ones."""
    return [
        *"the of and to in a is that it for was on with as be at by this are or".split() * 60,
        *(f"word{i}" for i in range(2_000)),
    ]


def _text(chance: random.Random, n: int) -> str:
    return " ".join(chance.choices(_vocabulary(), k=n))


def _spans_evaluators() -> list[Evaluator]:
    return [evaluator for evaluator in BUILT_IN if evaluator.needs == "span"]


def _deterministic(report: Report) -> None:
    """All built-in evaluators over answers in memory: 10,000 different ones at a time, as the job has them."""
    chance = random.Random(1)
    contexts = [
        Context(input=_text(chance, 20), output=_text(chance, 60), documents=(_text(chance, 120),), reference=_text(chance, 60))
        for _ in range(10_000)
    ]
    frame, evaluators = frame_of(contexts), [one for one in _spans_evaluators() if isinstance(one, FrameEvaluator)]
    with _timed(report, f"all {len(evaluators)} deterministic evaluators", _EVALUATED):
        for _ in range(0, _EVALUATED, frame.height):
            ready = with_columns(frame, [column for evaluator in evaluators for column in evaluator.uses])
            for evaluator in evaluators:
                said(evaluator, ready)


def _quality(report: Report, store: Store, state: State) -> None:
    """The quality job from stored spans to stored scores: reading, judging, storing, with all deterministic evaluators."""
    for first in range(0, _SPANS, _INSERT_ROWS):
        calls = {"first": first, "calls": min(_INSERT_ROWS, _SPANS - first), "words": _vocabulary()}
        store.execute(load("tests.bench", "seed_answers"), calls)
    evaluators = _spans_evaluators()
    # One backfill, as after the first start: a run would else rest after a minute.
    job = QualityJob(store=store, state=state, assignments=tuple(Assignment(evaluator=e) for e in evaluators), interval_s=86_400)
    with _timed(report, f"quality job, {len(evaluators)} evaluators", _SPANS):
        for _ in job.run("bench"):
            pass
    stored = store.raw("SELECT uniqExact(trace_id, span_id), count() FROM scores", output_format="TabSeparated")
    assert stored.split() == [str(_SPANS).encode(), str(_SPANS * len(evaluators)).encode()], stored


def _windows(report: Report) -> None:
    """Latency percentiles and drift, eight features over 17 segments and all calls, by the hour of one day.

    Each in a fresh process over a store that another one filled, so that its time and memory are its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        _windowed(folder, "fill", str(_DRIFT_SPANS))
        for job in ("latency", "drift"):
            figures = json.loads(_windowed(folder, job))
            for name, value in figures.items():
                report.add(f"{job} job over {_DRIFT_SPANS:,} spans, {name}", value)


def _windowed(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.bench.windowed", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _judges(report: Report, state: State) -> None:
    """An endpoint in another process that takes half a second for each answer and is asked 32 things at one time."""
    with _slow_judge() as url:
        endpoint = Endpoint(EndpointSettings(url=url, model="fake", concurrency=_SLOTS))
        judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
        contexts = [Context(input="q", output=f"answer {n}", documents=("d",)) for n in range(_JUDGE_CALLS)]
        start_s, start_cpu_s = time.monotonic(), time.process_time()
        for _ in run_as_they_come(judge, contexts, concurrency=endpoint.settings.evaluations, every_s=STORED_EVERY_S):
            pass
        took_s, cpu_s = time.monotonic() - start_s, time.process_time() - start_cpu_s
        endpoint.close()
    report.add("judges, calls/s", _JUDGE_CALLS / took_s)
    report.add("judges, CPU ms a call", 1_000 * cpu_s / _JUDGE_CALLS)
    report.add("judges, share of what 32 slots allow, %", 100 * _JUDGE_CALLS / took_s * _LATENCY_S / _SLOTS)


@contextmanager
def _slow_judge() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.slow_judge", str(_LATENCY_S)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - both were asked for
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()


@contextmanager
def _timed(report: Report, name: str, n: int) -> Iterator[None]:
    start_s, start_cpu_s = time.monotonic(), time.process_time()
    yield
    took_s, cpu_s = time.monotonic() - start_s, time.process_time() - start_cpu_s
    report.add(f"{name}, s", took_s)
    report.add(f"{name}, CPU s", cpu_s)
    report.add(f"{name}, spans/s", n / took_s)
    report.add(f"{name}, spans per CPU s", n / cpu_s)


if __name__ == "__main__":
    main()
