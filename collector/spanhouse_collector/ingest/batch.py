"""One batch: decodes a segment in the engine, prices it, and stores it. A batch stored twice is the same rows.

Must not know where segments come from, nor what to do when one fails.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from spanhouse_collector.ingest.attached import AttachedMessages, times_of_records
from spanhouse_collector.ingest.decoding import TABLES, Decoder, Following, Nested
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.price_book import OverridesOf
from spanhouse_collector.ingest.records import RecordTranslation
from spanhouse_collector.ingest.span_steps import SpanSteps
from spanhouse_collector.ingest.staged import Minute, look
from spanhouse_collector.ingest.translation import Failed, SpanTranslation
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.storage import Store, load

logger = logging.getLogger(__name__)

_SQL = "spanhouse_collector.ingest.sql"


class BatchWriter:
    """Stores segments of one signal; `instance` names its staging tables. For one thread at a time; to be closed."""

    def __init__(
        self, store: Store, signal: Signal, *, instance: str, nested: Nested, overrides_of: OverridesOf = lambda _project: ()
    ) -> None:
        self._store = store
        self._signal: Signal = signal
        #: The table in which a batch lies decoded.
        self.staging = f"staged_{TABLES[signal]}_{instance}"
        self._decoder = Decoder(store, signal, staging=self.staging, nested=nested)
        report = self._count_failed
        self._translation = (
            SpanTranslation(store, self.staging, unpacked=nested.unpacked, report=report) if signal == "traces" else None
        )
        self._records = RecordTranslation(store, self.staging, report=report) if signal == "logs" else None
        self._attached = AttachedMessages(store, signal, staging=self.staging, report=report) if signal != "metrics" else None
        #: Counts translations that failed.
        self.figures = Figures()
        self._spans = SpanSteps(store, overrides_of)

    def write(self, segment: Path, *, following: Following | None = None) -> list[Minute]:
        """Stores the frames of a file; returns the minutes whose spans changed. What `following` gives is decoded meanwhile.

        Raises QueryRejected if the engine refuses the content, StoreUnavailable if it can be tried again.
        """
        self.decode(segment)
        if following is not None:
            self._decoder.begin(following)
        minutes = list(self._store_staged())
        self._decoder.clear()
        return minutes

    def decode(self, segment: Path) -> None:
        """Decodes the frames of a file into the staging table, in place of what lay there."""
        self._decoder.run(segment)

    def close(self) -> None:
        """Waits for what is being decoded. May be called twice."""
        self._decoder.close()

    def _store_staged(self) -> Iterable[Minute]:
        if self._translation is not None:
            return self._store_spans(self._translation)
        if self._records is not None:
            return self._store_records(self._records)
        self._execute("store_metrics_points")
        return ()

    def _store_spans(self, translation: SpanTranslation) -> Iterable[Minute]:
        staged = look(self._store, self.staging)
        if staged.untranslated:
            if translation.run():
                self._execute("store_span_scores")
            staged = look(self._store, self.staging)
        self._spans.run(self.staging, staged)
        if self._attached is not None:
            self._attached.run(staged.calls)
        return staged.minutes

    def _store_records(self, records: RecordTranslation) -> Iterable[Minute]:
        minutes: Iterable[Minute] = ()
        for step in ("store_logs", "store_client_scores"):
            self._execute(step)
        spans = records.run()
        if spans is not None:
            staged = look(self._store, spans)
            self._spans.run(spans, staged)
            minutes = staged.minutes
        if self._attached is not None:
            self._attached.run(times_of_records(self._store, self.staging))
        return minutes

    def _count_failed(self, failed: Failed) -> None:
        for (dialect, reason), times in failed.items():
            self.figures.add("translations_failed", times, dialect=dialect, reason=reason)
        if failed:
            logger.warning("translation_failed", extra={"items": failed.total()})

    def _execute(self, name: str) -> None:
        self._store.execute(load(_SQL, name), {"staging": self.staging})


def remove_leftovers(directory: Path, stem: str = "") -> None:
    """Removes copies that were made to store a segment, or any: flattened ones, and halves that were given up midway."""
    for path in (*directory.glob(f"{stem}*.flat"), *directory.glob(f"{stem}*.half")):
        path.unlink()
