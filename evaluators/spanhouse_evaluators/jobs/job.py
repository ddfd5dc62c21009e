"""What the schedule runs: a job. Must not know any job in particular."""

from typing import Protocol

from spanhouse_evaluators.runs import Counts


class Job(Protocol):
    """Work done again and again, over all projects; each time it goes on where it stopped."""

    @property
    def name(self) -> str: ...
    @property
    def interval_s(self) -> float: ...

    def run(self, run_id: str) -> Counts:
        """Do what there is to do now, and return what was counted. Blocks; may raise, and is then tried again later."""
        ...
