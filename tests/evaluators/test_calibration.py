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


def test_a_rate_is_corrected_by_what_the_labels_say_of_either_verdict() -> None:
    # Of the labelled ones 90 of 110 that pass are good, and 10 of 90 that do not.
    rate = found(corrected_rate(620, 1_000, table=JUDGE))
    assert rate.value == pytest.approx(0.62 * 9 / 11 + 0.38 * 1 / 9)
    assert rate.low < rate.value < rate.high


def test_a_corrected_rate_stays_a_rate() -> None:
    flawless = Confusion(true_good=20, false_good=0, true_bad=20, false_bad=0)
    for passed in (0, 100):
        rate = found(corrected_rate(passed, 100, table=flawless))
        assert rate.value == passed / 100
        assert 0.0 <= rate.low <= rate.value <= rate.high <= 1.0


def test_a_judge_like_a_coin_leaves_what_the_labels_say() -> None:
    coin = Confusion(true_good=60, false_good=20, true_bad=20, false_bad=60)
    rate, labels = found(corrected_rate(4_000, 8_000, table=coin)), found(share(120, 160))
    assert (rate.value, rate.low, rate.high) == pytest.approx((labels.value, labels.low, labels.high), abs=0.002)


def test_where_all_items_are_labelled_the_judge_does_not_count() -> None:
    rate, labels = (
        found(corrected_rate(110, 200, table=Confusion(true_good=90, false_good=20, true_bad=80, false_bad=10))),
        share(100, 200),
    )
    assert (rate.value, rate.low, rate.high) == pytest.approx(
        (found(labels).value, found(labels).low, found(labels).high), abs=0.002
    )


def test_labels_chosen_by_the_verdict_bend_no_rate() -> None:
    # As people do who look at what failed: ten times as many of these labels are of items that do not pass.
    of_passed, of_failed = (
        Confusion(true_good=18, false_good=2, true_bad=0, false_bad=0),
        Confusion(true_good=0, false_good=0, true_bad=150, false_bad=50),
    )
    both = Confusion(
        true_good=of_passed.true_good, false_good=of_passed.false_good, true_bad=of_failed.true_bad, false_bad=of_failed.false_bad
    )
    assert found(corrected_rate(900, 1_000, table=both)).value == pytest.approx(0.9 * 0.9 + 0.1 * 0.25)


def test_a_verdict_without_labels_is_not_corrected() -> None:
    lacking = Unscored("labels of items that pass and of items that do not are needed")
    assert corrected_rate(5, 20, table=Confusion(true_good=5, false_good=0, true_bad=0, false_bad=0)) == lacking
    assert corrected_rate(5, 20, table=Confusion(true_good=0, false_good=0, true_bad=9, false_bad=1)) == lacking
    assert corrected_rate(0, 0, table=JUDGE) == Unscored("no items")
    assert found(corrected_rate(20, 20, table=Confusion(true_good=9, false_good=1, true_bad=0, false_bad=0))).value == 0.9


@pytest.mark.parametrize(("judged", "labelled"), [(1_000, 200), (300, 100), (200, 200), (5_000, 400)])
@pytest.mark.parametrize("rate", [0.5, 0.7, 0.9])
@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.9, 0.8), (0.7, 0.95), (0.5, 0.5)])
def test_the_interval_holds_the_true_rate_as_often_as_it_says(
    judged: int, *, labelled: int, rate: float, sensitivity: float, specificity: float
) -> None:
    """Judged items of which some by chance are labelled, as `spanhouse calibrate` and the page of scores have them."""
    random = np.random.default_rng(3)
    shares = [rate * sensitivity, (1 - rate) * (1 - specificity), (1 - rate) * specificity, rate * (1 - sensitivity)]
    trials, held = 1_000, 0
    for with_label, without in zip(
        random.multinomial(labelled, shares, trials), random.multinomial(judged - labelled, shares, trials), strict=True
    ):
        table = Confusion(**dict(zip(("true_good", "false_good", "true_bad", "false_bad"), map(int, with_label), strict=True)))
        interval = found(corrected_rate(int(sum(with_label[:2]) + sum(without[:2])), judged, table=table))
        held += interval.low <= rate <= interval.high
    assert 0.93 <= held / trials <= 0.97
