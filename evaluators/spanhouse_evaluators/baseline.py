"""Results of evaluations in files, as `spanhouse evaluate --json` writes them, held against a baseline's."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.contract import Unscored, direction
from spanhouse_evaluators.paired import PairedComparison, compare_scores
from spanhouse_evaluators.registry import BUILT_IN, EMBEDDING

Scores = dict[str, dict[str, float]]
"""Scores by evaluator and item."""


def compare_results(
    baseline: Path, current: Path, *, min_effect: float, lower_is_better: Collection[str] = ()
) -> Iterator[dict[str, object]]:
    """Yield a row for each evaluator that both files have, in the baseline's order.

    | key | meaning |
    | --- | --- |
    | evaluator, n | its name, and how many items have a score on both sides |
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
    for name in before:
        if name in now:
            higher = False if name in lower_is_better else known.get(name, True)
            if higher is None:
                yield _row(name, Unscored("more is neither better nor worse; name it as one of which less is better"))
            else:
                yield _row(name, compare_scores(before[name], now[name], min_effect=min_effect, higher_is_better=higher))


def read_results(path: Path) -> Scores:
    """Return the scores in a file. Raises InvalidRequest for a line that is no result."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidRequest(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    return gather(_results(path, lines))


def gather(results: Iterable[Mapping[str, object]]) -> Scores:
    """Return the scores among results; labels, and what was not scored, are left out.

    Raises InvalidRequest for two scores of one item: which of them would count?
    """
    found: Scores = {}
    for result in results:
        value = result["value"]
        if result["status"] == "scored" and isinstance(value, int | float):
            evaluator, item = str(result["evaluator"]), str(result["id"])
            scores = found.setdefault(evaluator, {})
            if item in scores:
                raise InvalidRequest(f"Item {item!r} was scored twice by {evaluator!r}; give each record an id of its own.")
            scores[item] = float(value)
    return found


def _results(path: Path, lines: Iterable[str]) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                result = json.loads(line)
            except ValueError:
                result = None
            if not isinstance(result, dict) or not {"id", "evaluator", "value", "status"} <= result.keys():
                what = f"Line {number} of {str(path)!r} is no result of an evaluation"
                raise InvalidRequest(f"{what}; give what `spanhouse evaluate --json` printed.")
            yield result


def _row(name: str, found: PairedComparison | Unscored) -> dict[str, object]:
    compared = found if isinstance(found, PairedComparison) else None
    return {
        "evaluator": name,
        "n": compared and compared.n,
        "baseline": compared and compared.baseline,
        "current": compared and compared.current,
        "difference": compared and compared.difference.value,
        "low": compared and compared.difference.low,
        "high": compared and compared.difference.high,
        "verdict": compared and compared.verdict,
        "reason": found.reason if isinstance(found, Unscored) else "",
    }
