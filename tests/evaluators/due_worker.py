"""A process with a schedule, to be one of several over one state database, and to be killed.

Called as `python -m tests.evaluators.due_worker STATE_URL INTERVAL_S LEASE_S HOLD`. It prints `run ID` when a run of its job
starts, `waits` once it has looked and looks again in half an hour or later, and ends when its input does. With `hold` a run lasts
until a line comes in.
"""

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from spanhouse_collector.storage import State
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A job that says that it runs."""

    interval_s: float
    is_held: bool
    name: str = "probe"
    line: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self, run_id: str) -> Iterator[Counts]:
        print("run", run_id, flush=True)
        if self.is_held:
            self.line.acquire()
        yield Counts(scored=1)


def _tell_when_it_waits(schedule: Schedule, is_over: threading.Event) -> None:
    while not is_over.wait(0.01):
        at = schedule.next_run_at("probe")
        if at is not None and at >= datetime.now(UTC) + timedelta(minutes=30):
            print("waits", flush=True)
            return


def main(url: str, interval_s: float, lease_s: float, *, is_held: bool) -> None:
    job = Probe(interval_s=interval_s, is_held=is_held)
    schedule = Schedule([job], state=State(url), lease_s=lease_s)
    schedule.start()
    is_over = threading.Event()
    telling = threading.Thread(target=_tell_when_it_waits, args=(schedule, is_over))
    telling.start()
    for _ in sys.stdin:
        job.line.release()
    is_over.set()
    telling.join()  # a thread that has not let go of stdout when the interpreter ends takes the process down
    schedule.stop()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), is_held=sys.argv[4] == "hold")
