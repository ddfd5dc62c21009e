"""The jobs for evaluators that need a whole trace or a whole session: asks them once it is quiet, and again if it went on.

Must not know any evaluator in particular, nor when it runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import PASSING_WITH_MONEY, Need, Outcome, Took
from spanhouse_evaluators.jobs.asking import Assignment, Due, ask, asked_one_by_one, broke, gathered
from spanhouse_evaluators.jobs.score_frame import Judged, score_frame
from spanhouse_evaluators.reading import Reader, Reading
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import Candidate, Cursor, obstacle
from spanhouse_evaluators.wholes import Earlier, Quiet, read_wholes, said_before

HASH = "spanhouse.input_hash"
"""The attribute that holds what was judged. It is no part of the row's identity: the score of a trace that went on replaces the
former one, so that each trace counts once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholesJob:
    """Scores traces or sessions that nothing was stored of for `quiet_s`, in the order in which they became quiet.

    A span that comes later opens its whole again: once quiet, it is judged anew. In seconds, as in the quality job.
    """

    name: str
    store: Store
    state: State
    need: Need
    assignments: tuple[Assignment, ...]
    interval_s: float = 60.0
    quiet_s: float = 60.0
    grace_s: float = 60.0

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per outcome of an evaluator."""
        return ask(self, run_id=run_id)

    def reader(self) -> Reader:
        """Return who reads: all evaluators together."""
        keys = tuple(assignment.key for assignment in self.assignments)
        return Reader(store=self.store, state=self.state, keys=keys, wait_s=self.quiet_s, grace_s=self.grace_s)

    def portions(self, reading: Reading, by: Sequence[Assignment], /) -> Iterator[Due]:
        """Yield the wholes that became quiet there, with what was not said about them as they are now."""
        quiet = Quiet(project=reading.project, need=self.need, after=reading.after, until_ms=reading.until_ms)
        names = [assignment.evaluator.name for assignment in by]
        for portion in read_wholes(self.store, quiet):
            said = said_before(self.store, quiet, evaluators=names, among=portion)
            without_money = broke(by)
            refused = (
                said_before(self.store, quiet, evaluators=without_money, among=portion, passing=PASSING_WITH_MONEY)
                if without_money
                else {}
            )
            upto = Cursor(stored_ms=portion[-1].stored_ms, trace_id=_id(portion[-1]))
            yield WholesDue(upto=upto, wholes=portion, said=said, refused=refused)


Said = Mapping[tuple[str, str, str], Earlier]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholesDue:
    """A portion of wholes, and what was said about them before.

    `refused` is that of evaluators whose money for the day is spent, with what they were refused for that reason.
    """

    upto: Cursor
    wholes: Sequence[Candidate]
    said: Said
    refused: Said

    def candidates(self, assignment: Assignment, /) -> list[Candidate]:
        """Return those about which it is to be asked."""
        return [candidate for candidate in self.wholes if _is_due(self.said, assignment, candidate)]

    def count(self, assignment: Assignment, /) -> int:
        """Return how many those are."""
        return len(self.candidates(assignment))

    def scores(self, by: Sequence[Assignment], run_id: str, /) -> Iterator[pl.DataFrame]:
        """Yield the rows of `scores`, once."""
        asked = (one for assignment in by for one in asked_one_by_one(assignment, self._asked_now(assignment)))
        judged = (None if one is None else _placed(self.said, one) for one in asked)
        for found in gathered(judged):
            yield score_frame(found, run_id).with_columns(input_hash=pl.lit(0, dtype=pl.UInt64))

    def _asked_now(self, assignment: Assignment) -> list[Candidate]:
        """Return those about which it is asked in this run: not again about those for which it had no money left today."""
        return [candidate for candidate in self.candidates(assignment) if _is_due(self.refused, assignment, candidate)]


def _is_due(said: Said, assignment: Assignment, candidate: Candidate) -> bool:
    before = said.get((_id(candidate), *assignment.key))
    is_new = before is None or before.input_hash != str(candidate.input_hash)
    return is_new and obstacle(assignment.selection, candidate) is None


def _id(candidate: Candidate) -> str:
    return candidate.context.trace_id or candidate.context.session_id


def _placed(said: Said, found: Judged) -> Judged:
    """Return what was found, at the place of the row that it replaces: a span that came later may have started first."""
    evaluator, candidate, outcomes = found
    before = said.get((_id(candidate), evaluator.name, evaluator.version))
    start_ns = candidate.context.start_time_ns if before is None else before.time_ns
    placed = replace(candidate.context, start_time_ns=start_ns, session_id=_session(candidate))
    judged = {name: _with_hash(outcome, candidate.input_hash) for name, outcome in outcomes.items()}
    return evaluator, replace(candidate, context=placed), judged


def _with_hash(outcome: Outcome, input_hash: int) -> Outcome:
    took = outcome.took or Took()
    return replace(outcome, took=replace(took, attributes={**took.attributes, HASH: str(input_hash)}))


def _session(candidate: Candidate) -> str:
    """Return the session's id for its own row only: a trace's session may become known later, and would make another row."""
    return "" if candidate.context.trace_id else candidate.context.session_id
