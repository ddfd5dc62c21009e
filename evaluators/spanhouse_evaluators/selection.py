"""Which spans an evaluator is asked about, and in which order they are met.

Reads the store; must not know how spans are scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import Context

if TYPE_CHECKING:
    import polars as pl

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


def chosen(selection: Selection) -> pl.Expr:
    """Return which rows of a frame of spans pass; the same rules as those of `obstacle`, which says them one by one."""
    import polars  # loaded with the jobs, not with the service

    passes = polars.lit(True)
    for what, wanted in (("kind", selection.kinds), ("model", selection.models), ("environment", selection.environments)):
        if wanted:
            passes &= polars.col(what).is_in(wanted)
    anyway = polars.col("sampled") < selection.sample
    if selection.always_failed:
        anyway |= polars.col("failed")
    if selection.slow_ms is not None:
        anyway |= polars.col("duration_ns") >= selection.slow_ms * 1_000_000
    return passes & anyway


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


_A = {"kind": "a", "model": "a", "environment": "an"}


def obstacle(selection: Selection, candidate: Candidate) -> str | None:
    """Return the first rule that keeps a span from being scored, as a sentence; `None` if it is scored.

    A trace or a session passes where one of its spans does; failure and duration are those of the whole.
    """
    span = candidate.context
    for what, wanted in (("kind", selection.kinds), ("model", selection.models), ("environment", selection.environments)):
        values = [getattr(one, what) for one in span.spans or (span,)]
        if wanted and not set(values) & set(wanted):
            had = (
                f"its {what} is {values[0]!r}"
                if not span.spans
                else f"none of its {len(values)} spans has such {_A[what]} {what}"
            )
            return f"{had}, and the evaluator takes {', '.join(wanted)}"
    if selection.always_failed and span.failed:
        return None
    if selection.slow_ms is not None and span.duration_ns >= selection.slow_ms * 1_000_000:
        return None
    if candidate.sampled >= selection.sample:
        return f"its trace is not in the sample of {selection.sample:.2%}"
    return None


def rules_of(selection: Selection) -> list[str]:
    """Return the rules that a selection has, each as words that follow "no span"."""
    rules = list[str]()
    for what, wanted in (("kind", selection.kinds), ("model", selection.models), ("environment", selection.environments)):
        if wanted:
            rules.append(f"of {what} {' or '.join(wanted)}")
    if selection.sample < 1.0:
        rules.append(f"in the sample of {selection.sample:.2%}")
    return rules


def projects(store: Store) -> list[str]:
    """Return the projects that have spans, sorted."""
    return [row["project"] for row in store.query(load(SQL, "projects"))]


def unknown_project(store: Store, project: str) -> str | None:
    """Return a sentence that names the projects there are, where this one has no span; else `None`."""
    known = projects(store)
    return None if project in known else f"Project {project!r} has no span here; choose from {', '.join(known) or 'none'}."


def newest_stored_ms(store: Store, project: str) -> int:
    """Return the `stored_at` of the newest span, in milliseconds of Unix time."""
    return int(store.query(load(SQL, "newest_stored"), {"project": project})[0]["stored_ms"])
