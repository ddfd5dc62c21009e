"""The weekly report as a job of the schedule: looks every hour whether one is due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts.model import RuleBook
from spanhouse_evaluators.runs import Counts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """Sends last week's report of each project to those whom the rules name. Counts reports sent and failed."""

    store: Store
    state: State
    book: RuleBook
    projects: Callable[[], Sequence[str]]
    console_url: str
    interval_s: float = 3600.0
    name: str = "report"

    def run(self, run_id: str) -> Iterator[Counts]:
        """Sends what is due; what could not be sent is due again the next time."""
        from spanhouse_dashboards.report.post import Post

        post = Post(store=self.store, state=self.state, book=self.book, console_url=self.console_url)
        for send in post.due(self.projects(), datetime.now(UTC)):
            try:
                send()
                logger.info("report_sent", extra={"run_id": run_id})
                yield Counts(scored=1)
            except SpanhouseError as failure:
                logger.error("report_failed", extra={"reason": str(failure), "run_id": run_id})
                yield Counts(failed=1)
