"""Results of evaluations in files, as `spanhouse evaluate --json` writes them, held against a baseline's."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.contract import Unscored, direction
from spanhouse_evaluators.json_lines import records
from spanhouse_evaluators.paired import PairedComparison, compare_scores
from spanhouse_evaluators.registry import BUILT_IN, EMBEDDING

Scores = dict[str, dict[str, float]]
"""Scores by evaluator and item."""

MAX_SCORE = 1e100
"""Of either sign: the squares of what is larger cannot be added up."""


def compare_results(
    baseline: Path, current: Path, *, min_effect: float, lower_is_better: Collection[str] = ()
) -> Iterator[dict[str, object]]:
    """Yield a row for each evaluator of the baseline, in its order.

    | key | meaning |
    | --- | --- |
    | evaluator, n | its name, and how many items have a score on both sides; null where more is neither better nor worse |
    | lost | items that have a score in the baseline alone: they failed, or are not there |
    | baseline, current | the means over them |
    | difference, low, high | current less baseline, turned so that more is better, and its 95 % interval |
    | verdict | `worse`, `not worse`, `unclear`, or null where nothing could be compared |
    | reason | why not, else empty |

    Evaluators that come along know which direction is better; of others more is better, unless they are named. Raises
    InvalidRequest for files that hold no results.
    """
    before, now = read_results(baseline), read_results(current)
    if not before.keys() & now.keys():
        raise InvalidRequest(f"{str(baseline)!r} and {str(current)!r} have no evaluator in common; evaluate both with the same.")
    yield from compare_all(before, now, min_effect=min_effect, lower_is_better=lower_is_better)


def compare_all(
    before: Scores, now: Scores, *, min_effect: float, lower_is_better: Collection[str] = ()
) -> Iterator[dict[str, object]]:
    """Yield the rows of `compare_results` for scores at hand."""
    known = {evaluator.name: direction(evaluator) for evaluator in (*BUILT_IN, *EMBEDDING)}
    for name, baseline in before.items():
        current = now.get(name, {})
        shared = len(baseline.keys() & current.keys())
        coverage = {"n": shared, "lost": len(baseline) - shared}
        higher = False if name in lower_is_better else known.get(name, True)
        if higher is None:
            unordered = Unscored("more is neither better nor worse; name it as one of which less is better")
            yield _row(name, unordered, {**coverage, "n": None})
        else:
            found = compare_scores(baseline, current, min_effect=min_effect, higher_is_better=higher)
            yield _row(name, found, coverage)


def may_be_worse(row: Mapping[str, object]) -> bool:
    """Return whether a row of `compare_results` does not rule a loss out: too few pairs, or scores that are not there any more.

    One where more is neither better nor worse has nothing to lose.
    """
    return row["n"] is not None and (row["verdict"] != "not worse" or bool(row["lost"]))


def read_results(path: Path) -> Scores:
    """Return the scores in a file. Raises InvalidRequest for a line that is no result."""
    return gather(_results(path))


def gather(results: Iterable[Mapping[str, object]]) -> Scores:
    """Return the scores among results; labels, and what was not scored, are left out.

    Raises InvalidRequest for two scores of one item (which of them would count?), and for one that is no number to count with.
    """
    found: Scores = {}
    for result in results:
        value = result["value"]
        if result["status"] == "scored" and isinstance(value, int | float):
            evaluator, item = str(result["evaluator"]), str(result["id"])
            if not -MAX_SCORE <= value <= MAX_SCORE:
                raise InvalidRequest(f"Item {item!r} was scored {str(value)[:40]} by {evaluator!r}; a score is a finite number.")
            scores = found.setdefault(evaluator, {})
            if item in scores:
                raise InvalidRequest(f"Item {item!r} was scored twice by {evaluator!r}; give each record an id of its own.")
            scores[item] = float(value)
    return found


def _results(path: Path) -> Iterator[Mapping[str, object]]:
    for number, result in records(path):
        if isinstance(result, str) or not {"id", "evaluator", "value", "status"} <= result.keys():
            what = f"Line {number} of {str(path)!r} is no result of an evaluation"
            raise InvalidRequest(f"{what}; give what `spanhouse evaluate --json` printed.")
        yield result


def _row(name: str, found: PairedComparison | Unscored, coverage: Mapping[str, object]) -> dict[str, object]:
    compared = found if isinstance(found, PairedComparison) else None
    return {
        "evaluator": name,
        **coverage,
        "baseline": compared and compared.baseline,
        "current": compared and compared.current,
        "difference": compared and compared.difference.value,
        "low": compared and compared.difference.low,
        "high": compared and compared.difference.high,
        "verdict": compared and compared.verdict,
        "reason": found.reason if isinstance(found, Unscored) else "",
    }
