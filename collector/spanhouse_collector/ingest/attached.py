"""Messages that come as log records of their own (OpenTelemetry 1.27 to 1.41): their spans get them, whichever came first.

Both lanes look after storing: the one of spans for records that are there already, the one of records for spans. Must not know
how batches are decoded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from spanhouse_collector.ingest.dialects import TRANSLATION_ERRORS, VERSION, names, reading
from spanhouse_collector.ingest.dialects.otel import DETAILS_EVENT, INPUT_EVENTS, OTEL, OUTPUT_EVENTS
from spanhouse_collector.ingest.dialects.rules import body_message
from spanhouse_collector.ingest.staged import Times
from spanhouse_collector.ingest.translation import Failed
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"
_EVENTS = [*INPUT_EVENTS, *OUTPUT_EVENTS, DETAILS_EVENT]
_CONTENT = (names.INPUT_MESSAGES, names.OUTPUT_MESSAGES, names.SYSTEM_INSTRUCTIONS, names.TOOL_DEFINITIONS)
# Which messages belong to the calls of a batch.
_FINDING: Mapping[Signal, str] = {"traces": "messages_for_spans", "logs": "messages_in_records"}

#: Project, trace and span.
Place = tuple[str, str, str]


class AttachedMessages:
    """Gives spans the messages that were sent apart from them. For one thread at a time. `report` is told what failed."""

    def __init__(self, store: Store, signal: Signal, *, staging: str, report: Callable[[Failed], None]) -> None:
        self._store = store
        self._report = report
        self._find = load(_SQL, _FINDING[signal])
        self._staging = {"staging": staging, "events": _EVENTS}
        self._messages = {"messages": f"{staging}_messages"}
        store.execute(load(_SQL, "drop_staging"), {"staging": self._messages["messages"]})
        store.execute(load(_SQL, "create_staged_messages"), self._messages)

    def run(self, calls: Times | None) -> None:
        """Looks at the batch that was just stored; `calls` is when its calls were."""
        if calls is None:
            return
        failed: Failed = Counter()
        rows = [_row(place, said) for place, said in _said(self._records(calls), failed).items() if said]
        self._report(failed)
        if not rows:
            return
        self._store.insert(self._messages["messages"], rows)
        self._store.execute(load(_SQL, "attach_messages"), self._messages)
        self._store.execute(load(_SQL, "clear_staging"), {"staging": self._messages["messages"]})

    def _records(self, calls: Times) -> list[dict[str, Any]]:
        """The messages that belong to calls of the batch. Most senders write none, so that is looked at first."""
        self._store.catch_up("spans", "logs")
        params = {**self._staging, **asdict(calls)}
        if not self._store.query(load(_SQL, "message_records"), params)[0]["records"]:
            return []
        return self._store.query(self._find, params)


def times_of_records(store: Store, staging: str) -> Times | None:
    """When the calls were whose messages are in a batch of records."""
    found = store.query(load(_SQL, "times_of_records"), {"staging": staging, "events": _EVENTS})
    return Times(**found[0]) if found else None


def _said(records: Iterable[Mapping[str, Any]], failed: Failed) -> dict[Place, dict[str, str]]:
    """What was said in each span, by canonical name."""
    messages: dict[Place, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    whole: dict[Place, dict[str, str]] = defaultdict(dict)
    for record in records:
        place = (record["project"], record["trace_id"], record["span_id"])
        event = record["event_name"]
        if event == DETAILS_EVENT:
            whole[place].update({name: text for name in _CONTENT if (text := record["attributes"].get(name))})
            continue
        name = names.INPUT_MESSAGES if event in INPUT_EVENTS else names.OUTPUT_MESSAGES
        try:
            messages[place][name].append(_message(record["body"], event))
        except TRANSLATION_ERRORS as error:
            failed[OTEL.name, type(error).__name__] += 1
    lists = {place: {name: reading.encoded(said) for name, said in lists.items()} for place, lists in messages.items()}
    return {place: {**lists.get(place, {}), **whole.get(place, {})} for place in {*lists, *whole}}


def _message(body: str, event: str) -> dict[str, Any]:
    """One message; a body that is no object is what was said."""
    role = INPUT_EVENTS.get(event) or OUTPUT_EVENTS[event]
    value = reading.decoded(body)
    return body_message(value if isinstance(value, dict) else {"content": body}, role)


def _row(place: Place, said: Mapping[str, str]) -> dict[str, Any]:
    project, trace_id, span_id = place
    texts = [text.encode("utf-8", "replace").decode() for text in said.values()]
    return {
        "project": project,
        "trace_id": trace_id,
        "span_id": span_id,
        "names": list(said),
        "texts": texts,
        "version": VERSION,
    }
