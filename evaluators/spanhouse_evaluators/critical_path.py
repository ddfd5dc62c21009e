"""Where the time of a trace went: the spans that its end waited for, one after the other, without overlap and without gap.

Making a span faster that is not on this path makes nobody wait less.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator

SQL = "spanhouse_evaluators.sql"
MAX_SPANS = 10_000
Work = Literal["model", "tool", "retrieval", "own_code"]

_WORK: Mapping[str, Work] = {"llm": "model", "embedding": "model", "tool": "tool", "retriever": "retrieval"}
"""Of the kinds that wait for others; what is left is the application's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of time, in Unix nanoseconds, that a span held up the trace itself; `span_id` is '' between root spans."""

    span_id: str
    name: str
    work: Work
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns


def critical_path(spans: Iterable[Context]) -> list[Step]:
    """Return the steps of a trace in the order of time; they fill the time from its first start to its last end exactly.

    Going back from the end of a span, the child that ended last is what it waited for, then the child that ended last before
    that one started, and so on; what lies between is the span's own. A child that outlives its parent counts up to the parent's
    end. Spans whose parent is not here, or is one of their own children, are roots.
    """
    known = {span.span_id: span for span in spans}
    if not known:
        return []
    children: dict[str, list[Context]] = {}
    for span in known.values():
        parent = span.parent_span_id
        children.setdefault(parent if parent in known and not _is_below(parent, span, known) else "", []).append(span)
    first_ns = min(span.start_time_ns for span in known.values())
    last_ns = max(_end_ns(span) for span in known.values())
    whole = Context(start_time_ns=first_ns, duration_ns=last_ns - first_ns)
    return list(_steps(whole, children, until_ns=last_ns))[::-1]


def trace_path(store: Store, project: str, *, trace_id: str) -> list[Step]:
    """Return the critical path of a stored trace; empty where there is none. Of a larger one the first MAX_SPANS spans count."""
    params = {"project": project, "trace": trace_id, "most": MAX_SPANS}
    return critical_path(Context(**row) for row in store.query(load(SQL, "trace_spans"), params))


def time_by_work(steps: Sequence[Step]) -> dict[Work, int]:
    """Return the nanoseconds of a path by what they were spent on; all kinds of work are there."""
    return {
        "model": sum(step.duration_ns for step in steps if step.work == "model"),
        "tool": sum(step.duration_ns for step in steps if step.work == "tool"),
        "retrieval": sum(step.duration_ns for step in steps if step.work == "retrieval"),
        "own_code": sum(step.duration_ns for step in steps if step.work == "own_code"),
    }


@evaluator("critical_path", "1", needs="trace", bounds=(0.0, float("inf")), higher_is_better=False)
def critical_path_ms(context: Context) -> Answers:
    """Return the milliseconds that the trace's end waited for models, tools, retrieval and the application's own code."""
    if not context.spans:
        return Unscored("no trace")
    return {f"{work}_ms": time_ns / 1e6 for work, time_ns in time_by_work(critical_path(context.spans)).items()}


def _steps(whole: Context, children: Mapping[str, Sequence[Context]], *, until_ns: int) -> Iterator[Step]:
    """Yield the steps from the end on. With a stack of its own: agents nest deeper than Python does."""
    todo: list[tuple[Context, int, Iterator[Context]]] = [(whole, until_ns, _by_end(whole, children))]
    while todo:
        span, until_ns, rest = todo.pop()
        start_ns = span.start_time_ns
        child = next((one for one in rest if one.start_time_ns < until_ns and _end_ns(one) > start_ns), None)
        from_ns = start_ns if child is None else min(_end_ns(child), until_ns)
        if from_ns < until_ns:
            work = _WORK.get(span.kind, "own_code")
            yield Step(span_id=span.span_id, name=span.name, work=work, start_ns=from_ns, end_ns=until_ns)
        if child is not None:
            clipped_ns = max(child.start_time_ns, start_ns)
            todo.append((span, clipped_ns, rest))
            todo.append((_from(child, clipped_ns), from_ns, _by_end(child, children)))


def _by_end(span: Context, children: Mapping[str, Sequence[Context]]) -> Iterator[Context]:
    return iter(sorted(children.get(span.span_id, ()), key=lambda one: (_end_ns(one), one.span_id), reverse=True))


def _from(span: Context, start_ns: int) -> Context:
    """Return the span without what lies before a time."""
    if span.start_time_ns >= start_ns:
        return span
    return Context(
        span_id=span.span_id,
        name=span.name,
        kind=span.kind,
        start_time_ns=start_ns,
        duration_ns=_end_ns(span) - start_ns,
    )


def _end_ns(span: Context) -> int:
    return span.start_time_ns + max(0, span.duration_ns)


def _is_below(ancestor: str, span: Context, known: Mapping[str, Context]) -> bool:
    """Return whether going up from what is called its parent leads back to the span."""
    seen = {span.span_id}
    while ancestor in known and ancestor not in seen:
        seen.add(ancestor)
        ancestor = known[ancestor].parent_span_id
    return ancestor == span.span_id
