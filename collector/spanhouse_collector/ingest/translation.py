"""The lane of the dialects: the spans of a decoded batch that speak one are translated in Python and put back into the batch.

So are those with values nested deeper than the engine decodes. Runs between decoding and storing; most rows, in OpenTelemetry's
newest names, never come here. Must not know any dialect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_collector.ingest.dialects import HEAD_LETTERS, TRANSLATOR, VERSION, Event, Source, Translation
from spanhouse_collector.ingest.dialects.names import EVALUATIONS, KINDS
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"
_UNTRANSLATED = Translation(dialect="", attributes={})
#: Kinds by operation, as the canonical columns need them (canonical.part).
OPERATIONS: Mapping[str, Any] = {"operations": list(KINDS), "kinds": list(KINDS.values())}
#: How many translations of a batch failed, by dialect and error.
Failed = Counter[tuple[str, str]]
#: Gives the JSON of a text in which the engine left values undecoded.
Unpack = Callable[[str], str]
#: What decoding must know to find the spans that speak a dialect (decode_spans.sql).
PARAMETERS: Mapping[str, Any] = {
    **OPERATIONS,
    "dialect_keys": TRANSLATOR.keys(),
    "dialect_heads": TRANSLATOR.heads(),
    "head_letters": HEAD_LETTERS,
    "dialect_events": TRANSLATOR.events(),
    "dialect_scopes": TRANSLATOR.scopes(),
    "dialect_names": TRANSLATOR.span_names(),
}


class SpanTranslation:
    """Translates batches that lie in one staging table. For one thread at a time. `report` is told what failed of each."""

    def __init__(self, store: Store, staging: str, *, unpacked: Unpack, report: Callable[[Failed], None]) -> None:
        self._store = store
        self._unpacked = unpacked
        self._report = report
        self._tables = {"staging": staging, "translations": f"{staging}_translations"}
        store.execute(load(_SQL, "drop_staging"), {"staging": self._tables["translations"]})
        store.execute(load(_SQL, "create_staged_translations"), self._tables)

    def run(self) -> bool:
        """Adds a translated row for each row that needs one; the store steps leave out those it takes the place of.

        Gives whether any of them carries scores.
        """
        found = self._store.query(load(_SQL, "untranslated"), self._tables)
        if not found:
            return False
        failed: Failed = Counter()
        rows = [self._row(row, failed) for row in found]
        self._report(failed)
        self._clear()
        self._store.insert(self._tables["translations"], rows)
        self._store.execute(load(_SQL, "translate_spans"), {**self._tables, **OPERATIONS})
        self._clear()
        return any(EVALUATIONS in row["names"] for row in rows)

    def _row(self, row: Mapping[str, Any], failed: Failed) -> dict[str, Any]:
        whole = {text: self._unpacked(text) for text in row["packed"]}
        made = _translated(row, whole, failed) if row["speaks"] else row_of(row["row"], _UNTRANSLATED, version=0)
        return {**made, "packed": list(whole), "unpacked": list(whole.values())}

    def _clear(self) -> None:
        self._store.execute(load(_SQL, "clear_staging"), {"staging": self._tables["translations"]})


def _translated(row: Mapping[str, Any], whole: Mapping[str, str], failed: Failed) -> dict[str, Any]:
    said = {**row["attributes"], **row["content"]}
    events = zip(row["event_times_ns"], row["event_names"], row["event_attributes"], strict=True)
    source = Source(
        attributes={key: whole.get(text, text) for key, text in said.items()} if whole else said,
        scope=row["scope_name"],
        name=row["name"],
        start_ns=row["start_ns"],
        events=tuple(Event(time_ns=time_ns, name=name, attributes=attributes) for time_ns, name, attributes in events),
    )
    translation = TRANSLATOR.translate(source)
    failed.update(translation.failed)
    return row_of(row["row"], translation, version=VERSION)


def row_of(row: int, translation: Translation, *, version: int) -> dict[str, Any]:
    """A row of the table of translations."""
    found = translation.attributes
    return {"row": row, "dialect": translation.dialect, "names": list(found), "texts": list(found.values()), "version": version}
