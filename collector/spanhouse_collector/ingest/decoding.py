"""Decodes segments into a staging table, with all they hold; one segment may be decoded ahead, in a thread of its own.

While the engine stores a batch on one core, another decodes the batch behind it. Must not know what happens to the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.translation import PARAMETERS
from spanhouse_collector.ingest.wire import Signal, reader_clause, reader_settings, structure
from spanhouse_collector.storage import Query, Store, load, quoted

_SQL = "spanhouse_collector.ingest.sql"
#: The table that each signal fills.
TABLES: Mapping[Signal, str] = {"traces": "spans", "logs": "logs", "metrics": "metrics_points"}

#: Waits for a segment that can be decoded ahead, for a bounded time, and gives it if there is one. Called in another thread.
Following = Callable[[], Path | None]


class Nested(Protocol):
    """Knows what is nested deeper than the engine decodes."""

    def flatten(self, signal: Signal, body: bytes) -> bytes:
        """Rewrites one request as the engine reads it: nothing nested deeper than it decodes, every field once."""
        ...

    def unpacked(self, text: str) -> str:
        """The JSON text of a value of which the engine left inner ones as the bytes they came in (any_value.part)."""
        ...


class Decoder:
    """Fills the staging table `staging` with one segment after the other. All but what `begin` starts is for one thread."""

    def __init__(self, store: Store, signal: Signal, *, staging: str, nested: Nested) -> None:
        self._store = store
        self._signal: Signal = signal
        self._nested = nested
        self._tables = {"staging": staging, "next": f"{staging}_next"}
        for table in self._tables.values():
            store.execute(load(_SQL, "drop_staging"), {"staging": table})
            store.execute(load(_SQL, f"create_staged_{TABLES[signal]}"), {"staging": table})
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"decoder-{signal}")
        self._begun: Future[Path | None] | None = None

    def begin(self, following: Following) -> None:
        """Starts to decode what `following` gives, which `run` will be asked for next. Whatever fails, `run` does it again."""
        self._begun = self._thread.submit(self._decode_ahead, following)

    def run(self, segment: Path) -> None:
        """Puts the rows of a segment into the staging table, in place of what lay there.

        Raises QueryRejected if the engine refuses the content, StoreUnavailable if it can be tried again.
        """
        if not self._was_begun(segment):
            self._decode_whole(segment)
        self._store.execute(load(_SQL, "exchange_staging"), self._tables)

    def clear(self) -> None:
        """Gives back the memory of the batch in the staging table."""
        self._clear(self._tables["staging"])

    def close(self) -> None:
        """Waits for what was begun. May be called twice."""
        self._thread.shutdown()

    def _was_begun(self, segment: Path) -> bool:
        """Whether the segment lies decoded already; waits for what is under way."""
        begun, self._begun = self._begun, None
        if begun is None:
            return False
        return begun.exception() is None and begun.result() == segment

    def _decode_ahead(self, following: Following) -> Path | None:
        segment = following()
        if segment is not None:
            self._decode_whole(segment)
        return segment

    def _decode_whole(self, segment: Path) -> None:
        """Decodes a segment, flattening what the reader cannot decode; of spans, what is nested too deeply stays packed."""
        try:
            self._decode(segment)
        except QueryRejected:
            # Protobuf lets a sender write a field twice, in a group or out of its range; the engine does not read that.
            self._decode(self._flattened(segment))
            return
        if self._signal != "traces" and self._is_deep():
            self._decode(self._flattened(segment))

    def _is_deep(self) -> bool:
        """Whether rows of the next table hold values that are nested too deeply."""
        return bool(self._store.query(load(_SQL, "unflattened"), {"staging": self._tables["next"]})[0]["deep"])

    def _decode(self, segment: Path) -> None:
        """Decodes the frames of a file into the next table, in place of what lies there."""
        self._clear(self._tables["next"])
        query = load(_SQL, f"decode_{TABLES[self._signal]}")
        columns = quoted(structure(self._signal))
        params: dict[str, Any] = {"staging": self._tables["next"]}
        if self._signal == "traces":
            params |= PARAMETERS
        if self._store.is_embedded:
            text = query.reading(f"file('{segment}', 'Protobuf', {columns})").text.rstrip() + reader_clause(self._signal)
            self._store.execute(Query(name=query.name, text=text), params)
        else:
            text = query.reading(f"input({columns})").text.rstrip() + "\nFORMAT Protobuf"
            settings = reader_settings(self._signal)
            self._store.execute(Query(name=query.name, text=text), params, settings=settings, body=segment.read_bytes())

    def _flattened(self, segment: Path) -> Path:
        """The segment again, beside it, with every request flattened."""
        path = segment.with_suffix(".flat")
        with path.open("wb") as file:
            for frame in frames.decode(segment.read_bytes()):
                project, received_ms, body = frames.parts(frame)
                file.write(frames.encode(self._nested.flatten(self._signal, body), project=project, received_ms=received_ms))
        return path

    def _clear(self, table: str) -> None:
        self._store.execute(load(_SQL, "clear_staging"), {"staging": table})
