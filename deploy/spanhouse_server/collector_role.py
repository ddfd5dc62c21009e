"""The collector role: journals, inserters and rollup around a store that may still be away when the doors open."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from spanhouse_collector.errors import SpanhouseError, StoreUnavailable
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.inserter import Inserter
from spanhouse_collector.ingest.intake import JournalIntake
from spanhouse_collector.ingest.journal import Backlog, Journal
from spanhouse_collector.ingest.price_book import OverridesOf
from spanhouse_collector.ingest.prices import load_catalogue
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.stored import StoredSegments
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp import nested
from spanhouse_collector.otlp.protobuf import FAULTS, SIGNALS, Checked
from spanhouse_collector.storage import Store
from spanhouse_server.periodic import Periodic
from spanhouse_server.settings import Settings

logger = logging.getLogger(__name__)

# After a crash, so much of what was stored is stored once more.
_SYNC_S = 1.0
# By signal.
_COUNTED = (
    *("items_accepted", "requests_accepted", "bytes_accepted"),
    *("items_stored", "segments_stored", "store_retries", "dead_letters"),
)


class CollectorRole:
    """Keeps what arrives and moves it into the store. `start` once, `stop` once; refuses with 503 in between and before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._journals: dict[Signal, Journal] = {}
        self._inserters: dict[Signal, Inserter] = {}
        self._stored: StoredSegments | None = None
        self._syncing: Periodic | None = None
        self._rollup: Rollup | None = None
        self._intake: JournalIntake | None = None
        self._lock: int | None = None
        self.figures = Figures()
        #: Its name among the collectors on one store, once it was started.
        self.instance = ""

    @property
    def is_running(self) -> bool:
        """Whether requests are kept."""
        return self._intake is not None

    def start(self, store: Store, *, overrides_of: OverridesOf) -> None:
        """Opens the journals and begins to empty them; what a former process acknowledged goes first.

        Raises StoreUnavailable, with everything closed again, if a journal cannot be opened.
        """
        try:
            self._start(store, overrides_of)
        except OSError as error:
            self.stop(drain_s=0)
            self._journals.clear()
            self._inserters.clear()
            raise StoreUnavailable(f"the journal cannot be opened ({error}); mend its folder, it is tried again") from error

    def _start(self, store: Store, overrides_of: OverridesOf) -> None:
        if self._lock is None:
            self._lock = _own(self._settings.data / "journal")
        self.instance = _instance(self._settings)
        settings = replace(self._settings.inserter(), instance=self.instance)
        rollup = Rollup(store, share=settings.rollup_share)
        rollup.start()
        self._rollup = rollup
        stored = StoredSegments(store)
        self._stored = stored
        self._syncing = Periodic(stored.remove_synced, every_s=_SYNC_S, name="journal-sync")
        self._syncing.start()
        for signal in SIGNALS:
            journal = Journal(self._settings.journal(signal), discard=stored.add)
            open_writer = partial(
                BatchWriter, store, signal, instance=settings.instance, nested=nested, overrides_of=overrides_of
            )
            inserter = Inserter(signal, journal, open_writer=open_writer, store=store, settings=settings)
            inserter.on_stored = self._rollup.touch
            inserter.figures = self.figures
            inserter.start()
            self._journals[signal] = journal
            self._inserters[signal] = inserter
        self._intake = JournalIntake(self._journals, self.figures)
        self._count_from_zero()
        threading.Thread(target=load_catalogue, name="catalogue", daemon=True).start()

    def _count_from_zero(self) -> None:
        """What is first seen at 1 did not increase for Prometheus, which would miss the first loss."""
        for signal in SIGNALS:
            for name in _COUNTED:
                self.figures.add(name, 0, signal=signal)
            for reason in FAULTS[signal]:
                self.figures.add("items_rejected", 0, signal=signal, reason=reason)

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None:
        """The transports' way in; raises StoreUnavailable while starting or stopping."""
        intake = self._intake
        if intake is not None:
            await intake.keep(signal, checked, project=project)
        elif checked.items:
            raise StoreUnavailable(self._why_not_kept(), retry_after_s=1)

    def _why_not_kept(self) -> str:
        if "collector" in self._settings.roles:
            return "this process does not keep spans now; send again in a second"
        return f"this process runs {self._settings.role} and keeps no spans; send to one with the role collector"

    def backlogs(self) -> Mapping[str, Backlog]:
        """What waits for the store, by signal."""
        return {signal: journal.backlog() for signal, journal in self._journals.items()}

    def settle(self, *, timeout_s: float) -> bool:
        """Waits until all that was acknowledged is stored and rolled up; False after `timeout_s`."""
        drained = all(inserter.drained(timeout_s=timeout_s) for inserter in self._inserters.values())
        if self._rollup is not None:
            self._rollup.refresh()
        return drained

    def stop(self, *, drain_s: float) -> None:
        """Stops taking requests, gives the store `drain_s` to take what waits, and leaves the rest in the journal."""
        self._intake = None
        for signal, inserter in self._inserters.items():
            if not inserter.drained(timeout_s=drain_s):
                logger.warning(
                    "journal_not_drained", extra={"signal": signal, "bytes": self._journals[signal].backlog().size_bytes}
                )
            inserter.stop()
            self._journals[signal].close()
        if self._rollup is not None:
            self._stop_rollup(self._rollup)
        self._remove_stored()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _remove_stored(self) -> None:
        if self._syncing is not None:
            self._syncing.stop()
        try:
            if self._stored is not None:
                self._stored.remove_synced()
        except SpanhouseError as error:
            logger.warning("journal_sync_failed", extra={"error": str(error)})

    def _stop_rollup(self, rollup: Rollup) -> None:
        try:
            rollup.refresh()
        except SpanhouseError as error:
            logger.warning("rollup_failed", extra={"error": str(error)})
        rollup.stop()


def _own(directory: Path) -> int:
    """Takes the folder for this process, until the descriptor is closed. Raises OSError if another process has it."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise OSError(f"{directory} belongs to another collector that runs; give each its own --data") from error
    return descriptor


def _instance(settings: Settings) -> str:
    """The collector's name: as it was set, else one that stays with its journal. The embedded engine knows one collector only."""
    if settings.instance or settings.store_url.startswith("chdb://"):
        return settings.instance or "local"
    file = settings.data / "instance"
    known = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    if not known:
        known = uuid.uuid4().hex
        file.write_text(f"{known}\n", encoding="utf-8")
    return known
