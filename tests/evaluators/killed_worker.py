"""A worker to be killed: scores what is in a store, and prints what came of it.

Called as `python -m tests.evaluators.killed_worker FOLDER SPANS EVALUATOR`. With SPANS above 0 it only makes the store, with so
many spans. Else the evaluator `asked` (one by one) or `framed` (over frames) judges them; it prints a dot for each span that it
is asked about, and at the end one JSON object: `this_run` (scored by it), `rows` (as they lie, before any merge) and `scored`
(distinct spans).
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import polars as pl

from spanhouse_collector.storage import State, Store, migrate
from spanhouse_evaluators.contract import Context, Evaluator, evaluator
from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.schedule import Schedule

LEASE_S = 0.1


@evaluator("length", "1")
async def length(context: Context) -> int:
    print(end=".", flush=True)
    await asyncio.sleep(0.002)  # so that kills fall into the asking too
    return len(context.output)


@frame_evaluator("framed_length", "1")
def framed(spans: pl.DataFrame) -> pl.DataFrame:
    for _ in range(spans.height):
        print(end=".", flush=True)
        time.sleep(0.002)  # so that kills fall into the judging of one portion while another is stored
    return answer(spans["output"].str.len_chars())


def seed(store: Store, state: State, *, spans: int) -> None:
    from tests.evaluators.conftest import answered  # loads what only this needs

    migrate(store)
    state.create_tables()
    store.insert("spans", [answered("x" * n) for n in range(spans)])


def score(store: Store, state: State, *, by: Evaluator) -> None:
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=by),), batch_spans=20)
    schedule = Schedule([job], state=state, lease_s=LEASE_S)
    this_run = sum(record.counts.scored for record in schedule.run_once())
    counted = store.raw(
        "SELECT count() AS rows, uniqExact(trace_id, span_id) AS scored FROM scores",
        output_format="JSONEachRow",
        settings={"output_format_json_quote_64bit_integers": 0},
    )
    print(json.dumps({"this_run": this_run, **json.loads(counted)}))


def main(folder: Path, spans: int, evaluator_name: str) -> None:
    store, state = Store(f"chdb://{folder / 'store'}"), State(f"sqlite:///{folder / 'state.sqlite'}")
    if spans:
        seed(store, state, spans=spans)
    else:
        score(store, state, by=length if evaluator_name == "asked" else framed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
