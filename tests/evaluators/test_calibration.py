"""Judges against human labels."""

import numpy as np
import pytest

from spanhouse_evaluators.calibration import Confusion, Interval, confusion, corrected_rate, kappa, share
from spanhouse_evaluators.contract import Unscored

JUDGE = Confusion(true_good=90, false_good=20, true_bad=80, false_bad=10)


def found(result: Interval | Unscored) -> Interval:
    assert isinstance(result, Interval), result
    return result


def test_verdicts_are_counted_against_labels() -> None:
    judged, labelled = [True, True, False, False, True], [True, False, False, True, True]
    assert confusion(judged, labelled) == Confusion(true_good=2, false_good=1, true_bad=1, false_bad=1)
    with pytest.raises(ValueError, match="shorter"):
        confusion([True], [])


def test_sensitivity_and_specificity_have_wilsons_intervals() -> None:
    sensitivity = found(JUDGE.sensitivity())
    assert sensitivity.value == 0.9
    assert (sensitivity.low, sensitivity.high) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert found(JUDGE.specificity()).value == 0.8


def test_a_share_of_none_has_an_interval_and_of_nothing_has_not() -> None:
    assert found(share(0, 10)).low == 0.0
    assert 0.2 < found(share(0, 10)).high < 0.35
    assert share(0, 0) == Unscored("no items")


def test_kappa_is_cohens() -> None:
    # The example of Cohen's kappa in textbooks: 20 and 15 agreements among 50, 5 and 10 disagreements.
    table = Confusion(true_good=20, false_good=5, true_bad=15, false_bad=10)
    assert found(kappa(table)).value == pytest.approx(0.4)
    assert found(kappa(Confusion(true_good=5, false_good=0, true_bad=5, false_bad=0))) == Interval(value=1.0, low=1.0, high=1.0)


@pytest.mark.parametrize(
    "table",
    [
        Confusion(true_good=9, false_good=1, true_bad=0, false_bad=0),
        Confusion(true_good=0, false_good=0, true_bad=0, false_bad=0),
    ],
)
def test_kappa_of_a_judge_that_always_says_the_same_is_unscored(table: Confusion) -> None:
    assert isinstance(kappa(table), Unscored)


def test_a_rate_is_corrected_for_the_judges_errors() -> None:
    # Of 60 % good items, 0.6 x 0.9 + 0.4 x 0.2 = 62 % pass.
    rate = found(corrected_rate(620, 1_000, table=JUDGE))
    assert rate.value == pytest.approx(0.6)
    assert rate.low < 0.6 < rate.high


def test_a_corrected_rate_stays_a_rate() -> None:
    assert found(corrected_rate(0, 100, table=JUDGE)).value == 0.0
    assert found(corrected_rate(100, 100, table=JUDGE)).high == 1.0


def test_a_judge_like_a_coin_corrects_nothing() -> None:
    coin = Confusion(true_good=50, false_good=50, true_bad=50, false_bad=50)
    assert corrected_rate(5, 10, table=coin) == Unscored("the judge cannot be told from chance with so few labels")
    one_sided = Confusion(true_good=9, false_good=0, true_bad=0, false_bad=1)
    assert corrected_rate(5, 10, table=one_sided) == Unscored("labels of good and of bad items are needed")
    assert corrected_rate(0, 0, table=JUDGE) == Unscored("no items")


@pytest.mark.parametrize(("rate", "sensitivity", "specificity"), [(0.5, 0.9, 0.8), (0.9, 0.85, 0.85), (0.2, 0.8, 0.95)])
def test_the_interval_holds_the_true_rate_as_often_as_it_says(rate: float, sensitivity: float, specificity: float) -> None:
    random = np.random.default_rng(3)
    labelled, n, trials, held = 200, 1_000, 1_000, 0
    for _ in range(trials):
        true_good, true_bad = random.binomial(labelled, sensitivity), random.binomial(labelled, specificity)
        table = Confusion(
            true_good=int(true_good),
            false_bad=int(labelled - true_good),
            true_bad=int(true_bad),
            false_good=int(labelled - true_bad),
        )
        passed = random.binomial(n, rate * sensitivity + (1 - rate) * (1 - specificity))
        interval = found(corrected_rate(int(passed), n, table=table))
        held += interval.low <= rate <= interval.high
    assert 0.93 <= held / trials <= 0.97
