"""Which spans an evaluator is asked about, and in which order they are met.

Reads the store; must not know how spans are scored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import PASSING, Context

SQL = "spanhouse_evaluators.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rules that a span passes to be scored; empty tuples let everything pass.

    `sample` is the share of traces, 0 to 1, chosen by a hash of the trace: the same traces on every run and for every
    evaluator. Spans that failed or took `slow_ms` or longer are scored besides, if so set.
    """

    kinds: tuple[str, ...] = ("llm",)
    models: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    sample: float = 1.0
    always_failed: bool = False
    slow_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored span that may be scored, with what its score's row repeats."""

    context: Context
    stored_ms: int
    input_hash: int
    sampled: float
    service: str
    response_id: str
    prompt_name: str
    prompt_version: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cursor:
    """The last span that was read, in the order of reading; the default is before all spans."""

    stored_ms: int = 0
    trace_id: str = ""
    span_id: str = ""


def obstacle(selection: Selection, candidate: Candidate) -> str | None:
    """Return the first rule that keeps a span from being scored, as a sentence; `None` if it is scored."""
    span = candidate.context
    named = (("kind", span.kind, selection.kinds), ("model", span.model, selection.models))
    for what, value, wanted in (*named, ("environment", span.environment, selection.environments)):
        if wanted and value not in wanted:
            return f"its {what} is {value!r}, and the evaluator takes {', '.join(wanted)}"
    if selection.always_failed and span.failed:
        return None
    if selection.slow_ms is not None and span.duration_ns >= selection.slow_ms * 1_000_000:
        return None
    if candidate.sampled >= selection.sample:
        return f"its trace is not in the sample of {selection.sample:.2%}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What to read at once: spans of these kinds (empty for all) stored before `until_ms`, at most `most`.

    With `only_span` one span alone.
    """

    project: str
    kinds: frozenset[str]
    until_ms: int
    most: int
    only_span: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Rows of spans in the order of storing, after one cursor up to another one, and what they hold.

    `spans` are fewer than the rows, and can be none, where spans were sent again: a copy that was replaced does not count.
    """

    upto: Cursor
    spans: tuple[Candidate, ...]


def read_stretches(store: Store, portion: Portion, *, after: Cursor) -> Iterator[Stretch]:
    """Yield the spans stored after the cursor, in its order, until there are no more."""
    asked = {
        "project": portion.project,
        "kinds": sorted(portion.kinds),
        "only_span": portion.only_span,
        "until_ms": portion.until_ms,
        "most": portion.most,
    }
    while True:
        asked |= {"after_ms": after.stored_ms, "after_trace": after.trace_id, "after_span": after.span_id}
        (end,) = store.query(load(SQL, "next_stretch"), asked)
        if not end["spans"]:
            return
        rows = store.query(load(SQL, "select_spans"), {**asked, **end})
        after = Cursor(stored_ms=end["upto_ms"], trace_id=end["upto_trace"], span_id=end["upto_span"])
        yield Stretch(upto=after, spans=tuple(_candidate(portion.project, row) for row in rows))


Key = tuple[str, str, str, str, int]
"""Trace, span, evaluator, version, input hash."""


def scored_keys(store: Store, project: str, *, evaluators: Iterable[str], among: Sequence[Candidate]) -> set[Key]:
    """Return which of the spans these evaluators have scored, in any version; failures that may pass do not count."""
    starts = [candidate.context.start_time_ns for candidate in among]
    rows = store.query(
        load(SQL, "scored_keys"),
        {
            "project": project,
            "evaluators": sorted(evaluators),
            "from_ns": min(starts),
            "to_ns": max(starts),
            "passing": sorted(PASSING),
        },
    )
    return {(r["trace_id"], r["span_id"], r["evaluator"], r["evaluator_version"], r["input_hash"]) for r in rows}


def projects(store: Store) -> list[str]:
    """Return the projects that have spans, sorted."""
    return [row["project"] for row in store.query(load(SQL, "projects"))]


def newest_stored_ms(store: Store, project: str) -> int:
    """Return the `stored_at` of the newest span, in milliseconds of Unix time."""
    return int(store.query(load(SQL, "newest_stored"), {"project": project})[0]["stored_ms"])


_OF_THE_CANDIDATE = ("stored_ms", "input_hash", "sampled", "service", "response_id", "prompt_name", "prompt_version")


def _candidate(project: str, row: dict[str, Any]) -> Candidate:
    outside = {name: row.pop(name) for name in _OF_THE_CANDIDATE}
    documents = tuple(row.pop("documents"))
    return Candidate(context=Context(project=project, documents=documents, **row), **outside)
