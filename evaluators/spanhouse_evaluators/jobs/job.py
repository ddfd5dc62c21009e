"""What the schedule runs: a job. Must not know any job in particular."""

from collections.abc import Iterator
from typing import Protocol

from spanhouse_evaluators.runs import Counts


class Job(Protocol):
    """Work done again and again, over all projects; each time it goes on where it stopped."""

    @property
    def name(self) -> str: ...
    @property
    def interval_s(self) -> float: ...

    def run(self, run_id: str) -> Iterator[Counts]:
        """Do what there is to do now, portion by portion, and yield what each came to.

        A portion is stored when it is yielded, so the caller may stop between two, and the next run goes on from there.
        Blocks; may raise, and is then tried again later.
        """
        ...
