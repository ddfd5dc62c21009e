"""Traces and sessions that have become quiet, each as one candidate with all its spans.

Reads the store; must not know how they are scored.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import PASSING, Context, FailureKind, Need
from spanhouse_evaluators.selection import SQL, Candidate, Cursor
from spanhouse_evaluators.stretches import candidates_of, read_spans

Number = TypeVar("Number", int, float)

MAX_SPANS = 2_000
"""Larger wholes are cut to their first spans: an evaluator that loops must not fill the memory here."""

WHOLES_AT_ONCE = 100
REACH_S = {"trace": 86_400, "session": 7 * 86_400}
"""How far apart spans of one whole may have started."""

AROUND_NS = {"trace": 0, "session": REACH_S["trace"] * 1_000_000_000}
"""How far from the spans that name a session others of its traces may have started, which need not name it."""

FAR_FUTURE_MS = 4_102_444_800_000
"""The year 2100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """What to read: traces or sessions of a project whose newest span was stored after a cursor, up to `until_ms`.

    The cursor's trace stands for the id of the whole. With an id in `only` that one alone is read.
    """

    project: str
    need: Need
    after: Cursor
    until_ms: int
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an evaluator said before: the time its row has, and the hash of what it judged ('' if that may pass)."""

    time_ns: int
    input_hash: str


def read_wholes(store: Store, quiet: Quiet) -> Iterator[list[Candidate]]:
    """Yield quiet wholes in portions, in the order in which they became quiet; `stored_ms` is when the newest span came."""
    asked = {
        "project": quiet.project,
        "by_session": quiet.need == "session",
        "until_ms": quiet.until_ms,
        "reach_s": REACH_S[quiet.need],
        "most": WHOLES_AT_ONCE,
        "only": quiet.only,
    }
    after_ms, after_id = quiet.after.stored_ms, quiet.after.trace_id
    while True:
        found = store.query(load(SQL, "quiet_wholes"), {**asked, "after_ms": after_ms, "after_id": after_id})
        if not found:
            return
        after_ms, after_id = found[-1]["last_ms"], found[-1]["id"]
        yield [_whole(quiet, row, spans=spans) for row, spans in _with_spans(store, quiet, found)]


def _with_spans(store: Store, quiet: Quiet, found: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[Candidate]]]:
    """Yield each whole with its spans in the order of their start, whichever wholes are read with it."""
    around_ns = AROUND_NS[quiet.need]
    frame = read_spans(
        store,
        quiet.project,
        params={
            "kinds": [],
            "with_attributes": True,
            "only_span": "",
            "traces": sorted({trace for row in found for trace in row["traces"]}),
            "after_ms": 0,
            "after_trace": "",
            "after_span": "",
            "upto_ms": FAR_FUTURE_MS,
            "upto_trace": "",
            "upto_span": "",
            "first_ns": min(row["first_ns"] for row in found) - around_ns,
            "last_ns": max(row["last_ns"] for row in found) + around_ns,
        },
    )
    met = sorted(candidates_of(frame), key=lambda c: (c.context.start_time_ns, c.context.span_id))
    by_trace: dict[str, list[Candidate]] = {}
    for candidate in met:
        by_trace.setdefault(candidate.context.trace_id, []).append(candidate)
    for row in found:
        spans = [span for trace in row["traces"] for span in by_trace.get(trace, ())]
        if quiet.need == "session":
            first_ns, last_ns = row["first_ns"] - around_ns, row["last_ns"] + around_ns
            mine = (span for span in spans if span.context.session_id in {row["id"], ""})
            spans = [span for span in mine if first_ns <= span.context.start_time_ns <= last_ns]
        yield row, sorted(spans, key=lambda c: c.context.start_time_ns)[:MAX_SPANS]


def _whole(quiet: Quiet, row: dict[str, Any], *, spans: Sequence[Candidate]) -> Candidate:
    judged = hashlib.sha256("".join(f"{c.context.span_id}{c.input_hash}" for c in spans).encode())
    newest = max(spans, key=lambda c: c.context.start_time_ns + c.context.duration_ns)
    is_session = quiet.need == "session"
    context = replace(
        whole_context([span.context for span in spans]),
        trace_id="" if is_session else row["id"],
        session_id=row["id"] if is_session else next((c.context.session_id for c in spans if c.context.session_id), ""),
    )
    return Candidate(
        context=context,
        stored_ms=row["last_ms"],
        # 64 bits, as the hash of a span.
        input_hash=int.from_bytes(judged.digest()[:8], "big"),
        sampled=row["sampled"] if is_session else spans[0].sampled,
        service=newest.service,
        response_id="",
        prompt_name="",
        prompt_version="",
    )


def whole_context(spans: Sequence[Context]) -> Context:
    """Return the context of a trace or a session: what went in first, what came out last, and sums over its model calls.

    The input is the dialogue up to the last answer, where there are several turns. `spans` are in the order of their start.
    """
    turns = [span for span in spans if span.kind == "llm"] or list(spans)
    first, last = spans[0], turns[-1]
    asked = list(dict.fromkeys(turn.input for turn in turns if turn.input))
    said = [line for turn in turns[:-1] for line in (turn.input, turn.output) if line] if len(asked) > 1 else []
    return replace(
        last,
        span_id="",
        parent_span_id="",
        name=first.name,
        kind=first.kind,
        operation=first.operation,
        input="\n".join(dict.fromkeys([*said, last.input])) if said else last.input,
        documents=tuple(dict.fromkeys(document for span in spans for document in span.documents)),
        attributes={},
        start_time_ns=first.start_time_ns,
        duration_ns=max(span.start_time_ns + span.duration_ns for span in spans) - first.start_time_ns,
        time_to_first_token_ns=None,
        input_tokens=_total(span.input_tokens for span in turns),
        output_tokens=_total(span.output_tokens for span in turns),
        cost_usd=_total(span.cost_usd for span in turns),
        failed=any(span.failed for span in spans),
        spans=tuple(spans),
    )


def _total(values: Iterable[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known else None


def said_before(
    store: Store, quiet: Quiet, *, evaluators: Iterable[str], among: Sequence[Candidate], passing: Iterable[FailureKind] = PASSING
) -> dict[tuple[str, str, str], Earlier]:
    """Return what these evaluators said about the wholes before, by id, evaluator and version.

    A failure of a `passing` kind counts as nothing said.
    """
    rows = store.query(
        load(SQL, "scored_wholes"),
        {
            "project": quiet.project,
            "target": quiet.need,
            "ids": [one.context.trace_id or one.context.session_id for one in among],
            "evaluators": sorted(set(evaluators)),
            "from_ns": min(one.context.start_time_ns for one in among),
            "to_ns": max(one.context.spans[-1].start_time_ns for one in among),
            "passing": sorted(passing),
        },
    )
    return {
        (row["id"], row["evaluator"], row["evaluator_version"]): Earlier(time_ns=row["time_ns"], input_hash=row["hash"])
        for row in rows
    }
