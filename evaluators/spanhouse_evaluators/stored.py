"""The evaluators over a set of stored spans, for a command line and for tests: nothing is written.

Must not know the schedule, nor how results are compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import Context, Evaluator, Need
from spanhouse_evaluators.frames import outcomes_of
from spanhouse_evaluators.offline import result_row
from spanhouse_evaluators.registry import NONE_CONFIGURED, find
from spanhouse_evaluators.selection import SQL, Cursor, Selection, chosen, obstacle, rules_of, unknown_project
from spanhouse_evaluators.stretches import candidates_of, read_spans
from spanhouse_evaluators.wholes import FAR_FUTURE_MS, Quiet, read_wholes

SPANS_AT_ONCE = 1_000
"""Spans are read and evaluated so many together; those that began in one nanosecond are not parted."""

AHEAD_S = 86_400
"""How far the clock of who sends may be ahead: spans of whole traces and sessions are found by when they were stored."""

_NEEDS: tuple[Need, ...] = ("span", "trace", "session")

# Behind every cursor there can be: ids are hexadecimal, and the store's instants end in 2299.
_END = {"upto_ms": 10**13, "upto_trace": "~", "upto_span": "~"}
_BEGIN = {"after_ms": 0, "after_trace": "", "after_span": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """A project's spans, traces and sessions that began from `since` to `until`, excluded, and pass the selection.

    With `item` the value of that span attribute is the id of a result, such as a test's number, so that another run of the
    same items can be held against it; of a whole trace or session it is that of the first span that has it. Without it, and
    without `item`, the id is trace and span, or that of the trace or the session.
    """

    project: str
    since: datetime
    until: datetime
    selection: Selection = field(default_factory=Selection)
    item: str = ""


def evaluate_stored(
    store: Store, names: Iterable[str], *, among: StoredSet, configured: Mapping[str, Evaluator] = NONE_CONFIGURED
) -> Iterator[dict[str, object]]:
    """Yield the rows of `evaluate_file` for each evaluator and span, in the order of time, then those for traces and sessions.

    A stored span has no reference, so what needs one is `unscored` and says so. Raises `NotFound` for an unknown name, and
    `InvalidRequest` for no name, a time that ends before it begins, and where no span is chosen: it says what was looked for.
    """
    chosen_names = list(dict.fromkeys(names))
    if not chosen_names:
        raise InvalidRequest("No evaluator is named; name at least one.")
    if among.since >= among.until:
        end = f"{among.until:%Y-%m-%d %H:%M}"
        raise InvalidRequest(f"The time ends at {end}, and begins then or later; give an end after its start.")
    return _rows(store, find(chosen_names, configured=configured), among)


def _rows(store: Store, evaluators: Sequence[Evaluator], among: StoredSet) -> Iterator[dict[str, object]]:
    met = 0
    for need in _NEEDS:
        asked = [evaluator for evaluator in evaluators if evaluator.needs == need]
        for contexts in _contexts(store, need, among) if asked else ():
            met += len(contexts)
            said = [outcomes_of(evaluator, contexts) for evaluator in asked]
            for place, context in enumerate(contexts):
                item = _item(context, among.item)
                for evaluator, outcomes in zip(asked, said, strict=True):
                    rows = outcomes[place].items()
                    yield from (result_row(item, name, version=evaluator.version, outcome=found) for name, found in rows)
    if not met:
        raise InvalidRequest(_nothing(store, among))


def _nothing(store: Store, among: StoredSet) -> str:
    """Say what was looked for where nothing was found."""
    unknown = unknown_project(store, among.project)
    if unknown is not None:
        return unknown
    where = f"project {among.project!r} that began from {among.since:%Y-%m-%d %H:%M} to {among.until:%Y-%m-%d %H:%M} (UTC)"
    rules = "".join(f", {rule}" for rule in rules_of(among.selection))
    return f"No span of {where} is there{rules}; take another time{', or fewer filters' if rules else ''}."


def _item(context: Context, attribute: str) -> str:
    """Return the id of what is asked about it."""
    named = (one.attributes.get(attribute) for one in (context.spans or (context,)))
    parts = (context.trace_id or context.session_id, context.span_id)
    return str(next(filter(None, named), "/".join(filter(None, parts))))


def _contexts(store: Store, need: Need, among: StoredSet) -> Iterator[list[Context]]:
    """Yield in portions what evaluators of this need are asked about; single spans in the order of time."""
    if need == "span":
        for frame in _portions(store, among):
            spans = frame.filter(chosen(among.selection)).sort("start_time_ns", "trace_id", "span_id")
            yield [candidate.context for candidate in candidates_of(spans)]
        return
    since_ns, until_ns = _ns(among.since), _ns(among.until)
    stored = Cursor(stored_ms=max(0, since_ns // 1_000_000 - AHEAD_S * 1_000))
    for wholes in read_wholes(store, Quiet(project=among.project, need=need, after=stored, until_ms=FAR_FUTURE_MS)):
        mine = (whole for whole in wholes if since_ns <= whole.context.start_time_ns < until_ns)
        yield [whole.context for whole in mine if obstacle(among.selection, whole) is None]


def _portions(store: Store, among: StoredSet) -> Iterator[pl.DataFrame]:
    """Yield the spans of the set's kinds, with their texts, in portions by the time at which they began."""
    kinds = {"kinds": sorted(among.selection.kinds)}
    window = {"project": among.project, "from_ns": _ns(among.since), "until_ns": _ns(among.until)}
    starts = store.frame(load(SQL, "spans_of_window"), {**window, **kinds})["start_ns"]
    params = {"traces": [], "only_span": "", "with_attributes": True, **kinds, **_BEGIN, **_END}
    first_ns = window["from_ns"]
    for place in range(SPANS_AT_ONCE - 1, len(starts) + SPANS_AT_ONCE - 1, SPANS_AT_ONCE):
        last_ns = starts[min(place, len(starts) - 1)]
        if last_ns >= first_ns:
            yield read_spans(store, among.project, params={**params, "first_ns": first_ns, "last_ns": last_ns})
        first_ns = last_ns + 1


def _ns(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1_000
