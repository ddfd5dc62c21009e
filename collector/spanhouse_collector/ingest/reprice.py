"""Re-pricing: computes the costs of a project's stored spans again at today's prices, hour by hour, and keeps the old ones.

A run that was cut short goes on where it was. Must not know where prices come from.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update

from spanhouse_collector.errors import InvalidRequest, SpanhouseError
from spanhouse_collector.ingest.overrides import Overrides
from spanhouse_collector.ingest.price_book import PriceBook
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.tables import repricings
from spanhouse_collector.storage import State, Store, load

logger = logging.getLogger(__name__)

_SQL = "spanhouse_collector.ingest.sql"
_HOUR = timedelta(hours=1)
_RECENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Repricing:
    """A run over spans that started from `first` until before `until` (UTC), and how far it is."""

    id: str
    project: str
    first: datetime
    until: datetime
    done_until: datetime
    spans: int
    changed: int
    is_finished: bool
    started_at: datetime


class Repricer:
    """Runs re-pricings one after the other, in a thread that lives while there is something to do."""

    def __init__(self, store: Callable[[], Store], state: State) -> None:
        self._store = store
        self._state = state
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def request(self, project: str, *, first: datetime, until: datetime) -> Repricing:
        """Takes up a run, an unfinished one over the same range if there is one. Raises InvalidRequest for an empty range."""
        if first >= until:
            raise InvalidRequest(f"the range from {first} until {until} is empty; give a later end")
        with self._lock:
            same = (repricings.c.project == project) & (repricings.c.first == first) & (repricings.c.until == until)
            found = self._find(select(repricings).where(same, repricings.c.is_finished.is_(False)))
            run = found[0] if found else self._begin(project, first, until)
        self.resume()
        return run

    def runs(self, project: str) -> list[Repricing]:
        """The runs of a project, newest first."""
        wanted = select(repricings).where(repricings.c.project == project)
        return self._find(wanted.order_by(repricings.c.started_at.desc()).limit(_RECENT))

    def resume(self) -> None:
        """Sees to it that unfinished runs are worked on, also those that a former process left."""
        with self._lock:
            if (self._thread is None or not self._thread.is_alive()) and self._unfinished():
                self._thread = threading.Thread(target=self._work, name="repricing", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stops after the hour in hand. May be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _begin(self, project: str, first: datetime, until: datetime) -> Repricing:
        run = Repricing(
            id=str(uuid.uuid4()),
            project=project,
            first=first,
            until=until,
            done_until=first,
            spans=0,
            changed=0,
            is_finished=False,
            started_at=datetime.now(UTC),
        )
        with self._state.transaction() as connection:
            connection.execute(insert(repricings), [{name: getattr(run, name) for name in Repricing.__slots__}])
        return run

    def _unfinished(self) -> list[Repricing]:
        return self._find(select(repricings).where(repricings.c.is_finished.is_(False)).order_by(repricings.c.started_at))

    def _find(self, wanted: Select[Any]) -> list[Repricing]:
        with self._state.transaction() as connection:
            return [_repricing(dict(row)) for row in connection.execute(wanted).mappings()]

    def _work(self) -> None:
        try:
            while not self._stopping.is_set() and (runs := self._unfinished()):
                self._run(runs[0])
        except SpanhouseError as error:
            # The run stays unfinished; it goes on when it is asked for again or at the next start.
            logger.warning("repricing_failed", extra={"error": str(error)})

    def _run(self, run: Repricing) -> None:
        store = self._store()
        PriceBook(store, Overrides(self._state).of).refresh(run.project)
        spans, changed = run.spans, run.changed
        hours = store.query(load(_SQL, "repriced_hours"), {"project": run.project, "first": run.done_until, "until": run.until})
        for row in hours:
            if self._stopping.is_set():
                return
            first, until = max(row["hour"], run.first), min(row["hour"] + _HOUR, run.until)
            spans, changed = spans + row["spans"], changed + _reprice(store, run, first=first, until=until)
            self._keep(run, done_until=until, spans=spans, changed=changed)
        self._keep(run, done_until=run.until, is_finished=True)
        logger.info("repricing_finished", extra={"project": run.project, "spans": spans, "changed": changed})

    def _keep(self, run: Repricing, **progress: Any) -> None:
        with self._state.transaction() as connection:
            connection.execute(update(repricings).where(repricings.c.id == run.id).values(**progress))


def _reprice(store: Store, run: Repricing, *, first: datetime, until: datetime) -> int:
    """Re-prices an hour; returns how many spans have another cost now. May be repeated."""
    span = {"project": run.project, "first": first, "until": until}
    # The old costs come first: cut off in between, the run finds the same spans again.
    store.execute(load(_SQL, "keep_costs"), {**span, "repricing": run.id})
    store.execute(load(_SQL, "reprice_spans"), span)
    minutes = store.query(load(_SQL, "revised_minutes"), {**span, "repricing": run.id})
    rollup = Rollup(store, share=1.0)
    rollup.touch((row["project"], row["minute"]) for row in minutes)
    rollup.refresh()
    return sum(row["spans"] for row in minutes)


def _repricing(row: dict[str, Any]) -> Repricing:
    """A row as it was kept; SQLite forgets the zone of its instants, which is UTC."""
    aware = {name: value.replace(tzinfo=UTC) for name, value in row.items() if isinstance(value, datetime)}
    return Repricing(**{**row, **aware})
