"""How an evaluator stands beside human labels, as one row: agreement, its error rates, and its rate corrected for them.

Must not know where verdicts and labels come from.
"""

from collections import Counter
from dataclasses import asdict, dataclass

from spanhouse_evaluators.calibration import Confusion, Interval, corrected_rate, kappa, share
from spanhouse_evaluators.contract import Unscored

MIN_LABELS = 10
"""Labels of good and of bad items below which kappa, and of passed and of failed items below which a corrected rate, would say
more than is known."""

_NO_LABELS = Unscored("No item has both a label and a value of this evaluator.")

Verdict = bool | None
"""Whether an item is good; None where nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often an evaluator gave a verdict and a person a label, counted by (verdict, label); `at`: good from there on."""

    evaluator: str
    version: str
    at: float
    counts: Counter[tuple[Verdict, Verdict]]

    def confusion(self) -> Confusion:
        """Return the items that have both."""
        counts = self.counts
        return Confusion(
            true_good=counts[True, True],
            false_good=counts[True, False],
            true_bad=counts[False, False],
            false_bad=counts[False, True],
        )


def agreement_row(tally: Tally) -> dict[str, object]:
    """Return what a tally says; what cannot be told is null, and `reasons` has a sentence for it.

    | key | meaning |
    | --- | --- |
    | evaluator, version, at | who judged, and the number from which on it calls an item good |
    | n | items with a verdict and a label |
    | unjudged | items with a label alone |
    | agreement | the share of `n` on which both say the same |
    | kappa, sensitivity, specificity | as of `calibration`; `value`, `low` and `high` |
    | judged | items with a verdict, with or without a label |
    | rate, corrected_rate | share of good ones among them: as the evaluator says, and corrected for its errors |
    | reasons | sentences, none if all of it can be told |
    """
    table = tally.confusion()
    passed, judged = (sum(n for (said, _), n in tally.counts.items() if said in of) for of in ((True,), (True, False)))
    chance, corrected = _kappa(table), _corrected(passed, judged, table=table)
    return {
        "evaluator": tally.evaluator,
        "version": tally.version,
        "at": tally.at,
        "n": table.n,
        "unjudged": tally.counts[None, True] + tally.counts[None, False],
        "agreement": _known(share(table.true_good + table.true_bad, table.n)),
        "kappa": _known(chance),
        "sensitivity": _known(table.sensitivity()),
        "specificity": _known(table.specificity()),
        "judged": judged,
        "rate": _known(share(passed, judged)),
        "corrected_rate": _known(corrected),
        "reasons": list(dict.fromkeys(one.reason for one in (chance, corrected) if isinstance(one, Unscored))),
    }


def _kappa(table: Confusion) -> Interval | Unscored:
    good, bad = table.true_good + table.false_bad, table.true_bad + table.false_good
    if not table.n:
        return _NO_LABELS
    if not good or not bad:
        had, lacks = ("good", "bad") if good else ("bad", "good")
        return Unscored(f"All {table.n} labels say {had}: without {lacks} items there is no kappa.")
    if min(good, bad) < MIN_LABELS:
        return Unscored(f"There are {good} good and {bad} bad items, and kappa needs {MIN_LABELS} of each: label more.")
    chance = kappa(table)
    return Unscored(f"There is no kappa: {chance.reason}.") if isinstance(chance, Unscored) else chance


def _corrected(passed: int, judged: int, *, table: Confusion) -> Interval | Unscored:
    if not table.n:
        return _NO_LABELS
    labelled = (("good", passed, table.true_good + table.false_good), ("bad", judged - passed, table.true_bad + table.false_bad))
    for verdict, items, labels in labelled:
        if labels < min(MIN_LABELS, items):
            return Unscored(
                f"Of {items} items judged {verdict}, {labels} are labelled, and a corrected rate needs {MIN_LABELS}: label more."
            )
    return corrected_rate(passed, judged, table=table)


def _known(found: Interval | Unscored) -> dict[str, float] | None:
    return None if isinstance(found, Unscored) else asdict(found)
