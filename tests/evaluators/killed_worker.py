"""A worker to be killed: scores what is in a store, and prints what came of it.

Called as `python -m tests.evaluators.killed_worker FOLDER SPANS`. With SPANS above 0 it only makes the store, with so many spans.
Else it prints a dot for each span that it is asked about, and at the end one JSON object: `this_run` (scored by it), `rows` (as
they lie, before any merge) and `scored` (distinct spans).
"""

import asyncio
import json
import sys
from pathlib import Path

from spanhouse_collector.storage import State, Store, migrate
from spanhouse_evaluators.contract import Context, evaluator
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.schedule import Schedule

LEASE_S = 0.1


@evaluator("length", "1")
async def length(context: Context) -> int:
    print(end=".", flush=True)
    await asyncio.sleep(0.002)  # so that kills fall into the asking too
    return len(context.output)


def seed(store: Store, state: State, *, spans: int) -> None:
    from tests.evaluators.conftest import answered  # loads what only this needs

    migrate(store)
    state.create_tables()
    store.insert("spans", [answered("x" * n) for n in range(spans)])


def score(store: Store, state: State) -> None:
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=length),), batch_spans=20)
    schedule = Schedule([job], state=state, lease_s=LEASE_S)
    this_run = sum(record.counts.scored for record in schedule.run_once())
    counted = store.raw(
        "SELECT count() AS rows, uniqExact(trace_id, span_id) AS scored FROM scores",
        output_format="JSONEachRow",
        settings={"output_format_json_quote_64bit_integers": 0},
    )
    print(json.dumps({"this_run": this_run, **json.loads(counted)}))


def main(folder: Path, spans: int) -> None:
    store, state = Store(f"chdb://{folder / 'store'}"), State(f"sqlite:///{folder / 'state.sqlite'}")
    if spans:
        seed(store, state, spans=spans)
    else:
        score(store, state)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
