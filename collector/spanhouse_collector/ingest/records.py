"""Log records that tell of a call: coding agents report prompts, tokens and tools as events, and each becomes a span.

Runs after the records themselves are stored. Must not know any dialect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_collector.ingest.dialects import RECORD_TRANSLATOR, VERSION, Source, names
from spanhouse_collector.ingest.dialects.coding_agents import CLAUDE_CODE_EVENTS, CLAUDE_CODE_SCOPE, RECORD_EVENTS
from spanhouse_collector.ingest.translation import OPERATIONS, Failed, row_of
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"


class RecordTranslation:
    """Turns records of batches in one staging table into spans in another. For one thread at a time.

    `report` is told what failed of each batch; a record that could not be translated stays a record.
    """

    def __init__(self, store: Store, staging: str, *, report: Callable[[Failed], None]) -> None:
        self._store = store
        self._report = report
        self._logs = {"staging": staging, "events": list(RECORD_EVENTS)}
        self._tables = {"logs": staging, "staging": f"{staging}_spans", "translations": f"{staging}_translations"}
        for table, create in (("translations", "create_staged_translations"), ("staging", "create_staged_spans")):
            store.execute(load(_SQL, "drop_staging"), {"staging": self._tables[table]})
            store.execute(load(_SQL, create), self._tables)

    def run(self) -> str | None:
        """The staging table with the spans of the batch; None if its records tell of none."""
        found = self._store.query(load(_SQL, "telling_records"), self._logs)
        failed: Failed = Counter()
        rows = [row for record in found if (row := _translated(record, failed)) is not None]
        self._report(failed)
        if not rows:
            return None
        self._clear("staging")
        self._clear("translations")
        self._store.insert(self._tables["translations"], rows)
        params = {**self._tables, **OPERATIONS}
        self._store.execute(load(_SQL, "spans_of_records"), params)
        self._clear("translations")
        return self._tables["staging"]

    def _clear(self, table: str) -> None:
        self._store.execute(load(_SQL, "clear_staging"), {"staging": self._tables[table]})


def _translated(record: Mapping[str, Any], failed: Failed) -> dict[str, Any] | None:
    source = Source(attributes=record["attributes"], scope=record["scope_name"], name=_event(record))
    translation = RECORD_TRANSLATOR.translate(source)
    failed.update(translation.failed)
    return row_of(record["row"], translation, version=VERSION) if names.KIND in translation.attributes else None


def _event(record: Mapping[str, Any]) -> str:
    """The event's name, with that of the sender, which Claude Code leaves to scope and body."""
    event: str = record["event_name"]
    is_claude = record["scope_name"].startswith(CLAUDE_CODE_SCOPE) or record["body"].startswith(CLAUDE_CODE_EVENTS)
    return CLAUDE_CODE_EVENTS + event.removeprefix(CLAUDE_CODE_EVENTS) if is_claude else event
