"""The latency job: percentiles of duration, time to first token, time per token and tokens per second, by window.

For each model and release, each provider, and each prompt and version.

Counting happens in the store; must not know who reads the measurements.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.jobs.windows import Reader, changed_windows
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import SQL, projects

VERSION = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyJob:
    """Measures every window that spans arrived in, again when late ones do."""

    store: Store
    state: State
    interval_s: float = 60.0
    window_s: int = 300
    name: str = "latency"

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per window measured."""
        for project in projects(self.store):
            reader = Reader(job=self.name, version=VERSION)
            for windows in changed_windows(self.store, self.state, reader=reader, project=project, window_s=self.window_s):
                params = {"project": project, "evaluator_version": VERSION, "run_id": run_id, **windows.params()}
                self.store.execute(load(SQL, "measure_latency"), params)
                yield Counts(scored=len(windows.starts))
