"""One batch: decodes a segment in the engine, prices it, and stores it. A batch stored twice is the same rows.

Must not know where segments come from, nor what to do when one fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.prices import price_rows
from spanhouse_collector.ingest.wire import Signal, reader_settings, structure
from spanhouse_collector.storage import Query, Store, load

_SQL = "spanhouse_collector.ingest.sql"
_STORE_STEPS = {
    "traces": ("store_spans", "store_trace_times"),
    "logs": ("store_logs", "store_client_scores"),
    "metrics": ("store_metrics_points",),
}
_TABLES = {"traces": "spans", "logs": "logs", "metrics": "metrics_points"}

#: Rewrites one request as the engine reads it: nothing nested deeper than it decodes, every field once.
Flatten = Callable[[Signal, bytes], bytes]
#: A project and a minute whose spans changed.
Minute = tuple[str, datetime]


class BatchWriter:
    """Stores segments of one signal; `instance` names its staging table. For one thread at a time."""

    def __init__(self, store: Store, signal: Signal, *, instance: str, flatten: Flatten) -> None:
        self._store = store
        self._signal: Signal = signal
        self._flatten = flatten
        self._staging = {"staging": f"staged_{_TABLES[signal]}_{instance}"}
        self._priced: set[tuple[str, str]] = set()
        self._run("drop_staging")
        self._run(f"create_staged_{_TABLES[signal]}")
        if signal == "traces":
            self._priced = {(row["provider"], row["model"]) for row in store.query(load(_SQL, "priced_models"))}

    def write(self, segment: Path) -> list[Minute]:
        """Stores the frames of a file; returns the minutes whose spans changed (none for logs).

        Raises QueryRejected if the engine refuses the content, StoreUnavailable if it can be tried again.
        """
        try:
            self.decode(segment)
            is_decoded = not self._store.query(load(_SQL, "unflattened"), self._staging)[0]["rows"]
        except QueryRejected:
            # Protobuf lets a sender write a field twice, in a group or out of its range; the engine does not read that.
            is_decoded = False
        if not is_decoded:
            self.decode(self._flattened(segment))
        if self._signal == "traces":
            self._price_models()
        for step in _STORE_STEPS[self._signal]:
            # Old and absurd times spread over many partitions; refusing the insert for it would block everybody's spans.
            self._run(step, {"max_partitions_per_insert_block": 0})
        return self._minutes() if self._signal == "traces" else []

    def decode(self, segment: Path) -> None:
        """Decodes the frames of a file into the staging table, in place of what lay there."""
        self._run("clear_staging")
        query = load(_SQL, f"decode_{_TABLES[self._signal]}")
        # Merging the steps of this plan costs 25 ms of planning and saves nothing when it runs.
        settings = {**reader_settings(self._signal), "max_threads": 1, "query_plan_merge_expressions": 0}
        columns = structure(self._signal).replace("'", "\\'")
        if self._store.is_embedded:
            source = query.reading(f"file('{segment}', 'Protobuf', '{columns}')")
            self._store.execute(source, self._staging, settings=settings)
        else:
            text = query.reading(f"input('{columns}')").text.rstrip() + "\nFORMAT Protobuf"
            self._store.execute(Query(name=query.name, text=text), self._staging, settings=settings, body=segment.read_bytes())

    def _flattened(self, segment: Path) -> Path:
        """The segment again, beside it, with every request flattened."""
        path = segment.with_suffix(".flat")
        with path.open("wb") as file:
            for frame in frames.decode(segment.read_bytes()):
                project, received_ms, body = frames.parts(frame)
                file.write(frames.encode(self._flatten(self._signal, body), project=project, received_ms=received_ms))
        return path

    def _price_models(self) -> None:
        staged = self._store.query(load(_SQL, "staged_models"), self._staging)
        new = {(row["provider"], row["model"]) for row in staged} - self._priced
        self._store.insert("model_prices", [row for key in sorted(new) for row in price_rows(*key)])
        self._priced |= new

    def _minutes(self) -> list[Minute]:
        return [(row["project"], row["minute"]) for row in self._store.query(load(_SQL, "staged_minutes"), self._staging)]

    def _run(self, name: str, settings: dict[str, int] | None = None) -> None:
        self._store.execute(load(_SQL, name), self._staging, settings={"max_threads": 1, **(settings or {})})


def remove_leftovers(directory: Path) -> None:
    """Removes copies that were made of segments to store them: flattened ones, and halves that were given up midway."""
    for path in (*directory.glob("*.flat"), *directory.glob("*.half")):
        path.unlink()
