"""Says what failed in a trace, each kind once, so that nobody has to look through hundreds of spans for it.

Must not know how spans are stored or drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# More kinds than these are counted only: they would hide the tree.
MAX_KINDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Failed spans of one name and error.

    `span_id` is of the one that ended first, `after_ns` when that was, from the trace's start.
    """

    name: str
    error: str
    times: int
    span_id: str
    after_ns: int


def failures_of(spans: Sequence[Mapping[str, Any]], *, start_ns: int) -> list[Failure]:
    """The kinds of failures, in the order in which they first came: a child ends before what fails because of it.

    `spans` are rows of `trace_spans.sql`, `start_ns` (Unix nanoseconds) the trace's start.
    """
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for span in sorted((span for span in spans if span["is_failed"]), key=_ended_ns):
        kinds.setdefault((span["name"], span["error_type"]), []).append(span)
    return [
        Failure(name=name, error=error, times=len(found), span_id=found[0]["span_id"], after_ns=_ended_ns(found[0]) - start_ns)
        for (name, error), found in kinds.items()
    ]


def _ended_ns(span: Mapping[str, Any]) -> int:
    return int(span["start_ns"] + max(span["duration_ns"], 0))
