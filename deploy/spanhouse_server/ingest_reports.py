"""What collectors in other processes did: each leaves its figures in the state database, where the console finds them.

Must not know how figures are shown.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, String, Table, Text, delete, select

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.ingest.figures import Count
from spanhouse_collector.ingest.journal import Backlog
from spanhouse_collector.storage import State
from spanhouse_collector.storage.state import metadata
from spanhouse_server.periodic import Periodic

logger = logging.getLogger(__name__)

_EVERY_S = 5.0
# A collector that has said nothing for so long is down, or cannot reach the state database.
_SILENT_S = 60.0
# One that has said nothing for a week will not come back.
_FORGOTTEN_MS = 7 * 86_400_000

collectors = Table(
    "collectors",
    metadata,
    Column("instance", String(64), primary_key=True),
    Column("reported_ms", BigInteger, nullable=False, comment="Unix time"),
    Column("figures", Text, nullable=False, comment="backlogs by signal and counts since the process started, as JSON"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What some collectors did since they started, and what waits in their journals. `silent` are those not heard of lately."""

    backlogs: tuple[Backlog, ...]
    counts: tuple[Count, ...]
    heard: int
    silent: tuple[str, ...] = ()


def reported(state: State) -> IngestReport:
    """What all collectors left, those that are silent now included: what waits in their journals still waits."""
    with state.transaction() as connection:
        rows = connection.execute(select(collectors).order_by(collectors.c.instance)).all()
    told = [json.loads(row.figures) for row in rows]
    since_ms = time.time() * 1000 - _SILENT_S * 1000
    silent = tuple(row.instance for row in rows if row.reported_ms < since_ms)
    return IngestReport(
        backlogs=tuple(Backlog(**one) for figures in told for one in figures["backlogs"].values()),
        counts=tuple(_count(one) for figures in told for one in figures["counts"]),
        heard=len(rows) - len(silent),
        silent=silent,
    )


def _count(told: Mapping[str, Any]) -> Count:
    return Count(name=told["name"], labels=tuple((name, value) for name, value in told["labels"]), value=told["value"])


class Reporter:
    """Leaves one collector's figures every few seconds, in a thread of its own; a last time when it stops.

    A collector that stops with an empty journal is forgotten.
    """

    def __init__(
        self,
        state: State,
        instance: str,
        *,
        backlogs: Callable[[], Mapping[str, Backlog]],
        counts: Callable[[], Iterable[Count]],
    ) -> None:
        self._state = state
        self._instance = instance
        self._backlogs = backlogs
        self._counts = counts
        self._periodic = Periodic(self._leave, every_s=_EVERY_S, name="reporter")

    def start(self) -> None:
        """Begins with a first report."""
        self._leave()
        self._periodic.start()

    def stop(self) -> None:
        """Reports what is left. May be called twice."""
        self._periodic.stop()
        self._leave(is_last=True)

    def _leave(self, *, is_last: bool = False) -> None:
        backlogs = self._backlogs()
        figures = {
            "backlogs": {signal: asdict(backlog) for signal, backlog in backlogs.items()},
            "counts": [asdict(count) for count in self._counts()],
        }
        now_ms = time.time_ns() // 1_000_000
        try:
            with self._state.transaction() as connection:
                is_mine, is_gone = collectors.c.instance == self._instance, collectors.c.reported_ms < now_ms - _FORGOTTEN_MS
                connection.execute(delete(collectors).where(is_mine | is_gone))
                if not is_last or any(backlog.size_bytes for backlog in backlogs.values()):
                    row = {"instance": self._instance, "reported_ms": now_ms, "figures": json.dumps(figures)}
                    connection.execute(collectors.insert().values(**row))
        except SpanhouseError as error:
            logger.warning("figures_not_reported", extra={"error": str(error)})
