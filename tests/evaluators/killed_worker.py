"""A worker to be killed: seeds a store of its own if it is empty, scores what is there, and prints what came of it.

Called as `python -m tests.evaluators.killed_worker FOLDER SPANS`. Prints `ready` when it starts to score, and at the end one
JSON object: `this_run` (scored by it), `rows` (as they lie, before any merge) and `scored` (distinct spans).
"""

import asyncio
import json
import sys
from pathlib import Path

from spanhouse_collector.storage import State, Store, migrate
from spanhouse_evaluators.contract import Context, evaluator
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.schedule import Schedule
from tests.evaluators.conftest import answered, table


@evaluator("length", "1")
async def length(context: Context) -> int:
    await asyncio.sleep(0.004)  # so that kills fall into the asking too
    return len(context.output)


def main(folder: Path, spans: int) -> None:
    store, state = Store(f"chdb://{folder / 'store'}"), State(f"sqlite:///{folder / 'state.sqlite'}")
    migrate(store)
    state.create_tables()
    if not table(store, "SELECT 1 FROM spans LIMIT 1"):
        store.insert("spans", [answered("x" * n) for n in range(spans)])
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=length),), batch_spans=20)
    print("ready", flush=True)
    (record,) = Schedule([job], state=state, lease_s=0.2).run_once()
    counted = table(store, "SELECT count() AS rows, uniqExact(trace_id, span_id) AS scored FROM scores")[0]
    print(json.dumps({"this_run": record.counts.scored, **counted}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
