"""The collector role: journals, inserters and rollup around a store that may still be away when the doors open."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from spanhouse_collector.errors import SpanhouseError, StoreUnavailable
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.inserter import Inserter
from spanhouse_collector.ingest.intake import JournalIntake
from spanhouse_collector.ingest.journal import Backlog, Journal
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp.flatten import flatten
from spanhouse_collector.otlp.protobuf import SIGNALS, Checked
from spanhouse_collector.storage import Store
from spanhouse_server.settings import Settings

logger = logging.getLogger(__name__)


class CollectorRole:
    """Keeps what arrives and moves it into the store. `start` once, `stop` once; refuses with 503 in between and before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._journals: dict[Signal, Journal] = {}
        self._inserters: dict[Signal, Inserter] = {}
        self._rollup: Rollup | None = None
        self._intake: JournalIntake | None = None
        self.figures = Figures()

    @property
    def is_running(self) -> bool:
        """Whether requests are kept."""
        return self._intake is not None

    def start(self, store: Store) -> None:
        """Opens the journals and begins to empty them; what a former process acknowledged goes first."""
        settings = self._settings.inserter()
        rollup = Rollup(store, share=settings.rollup_share)
        rollup.start()
        self._rollup = rollup
        for signal in SIGNALS:
            journal = Journal(self._settings.journal(signal))
            inserter = Inserter(
                signal, journal, open_writer=_opener(store, signal, settings.instance), store=store, settings=settings
            )
            inserter.on_stored = self._rollup.touch
            inserter.figures = self.figures
            inserter.start()
            self._journals[signal] = journal
            self._inserters[signal] = inserter
        self._intake = JournalIntake(self._journals, self.figures)

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None:
        """The transports' way in; raises StoreUnavailable while starting or stopping."""
        intake = self._intake
        if intake is None:
            raise StoreUnavailable("this process does not keep spans now; send again in a second", retry_after_s=1)
        await intake.keep(signal, checked, project=project)

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

    def _stop_rollup(self, rollup: Rollup) -> None:
        try:
            rollup.refresh()
        except SpanhouseError as error:
            logger.warning("rollup_failed", extra={"error": str(error)})
        rollup.stop()


def _opener(store: Store, signal: Signal, instance: str) -> Callable[[], BatchWriter]:
    return lambda: BatchWriter(store, signal, instance=instance, flatten=flatten)
