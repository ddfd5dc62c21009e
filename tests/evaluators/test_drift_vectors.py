"""Tests of embeddings: quiet for the same topics, loud for others."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift import resampling
from spanhouse_evaluators.drift.comparison import Comparison, is_drift
from spanhouse_evaluators.drift.vectors import compare_by_classifier, compare_by_mmd

Array = NDArray[np.float64]
Compare = Callable[[Array, Array], Comparison | Unscored]

_TOPICS = np.random.default_rng(0).normal(size=(8, 64)) / 8


def texts(random: np.random.Generator, n: int, first_share: float = 1 / 8) -> Array:
    """Return unit vectors about eight topics, one of them with the share given, as alike within a topic as MiniLM's are."""
    rest = (1 - first_share) / 7
    about = random.choice(8, size=n, p=[first_share, *[rest] * 7])
    meant = _TOPICS[about] + random.normal(size=(n, 64)) / 8
    return np.asarray(meant / np.linalg.norm(meant, axis=1, keepdims=True))


def comparison(found: Comparison | Unscored) -> Comparison:
    assert isinstance(found, Comparison), found
    return found


def alarms(compare: Compare, *, n: int, share: float, trials: int) -> float:
    random = np.random.default_rng(11)
    outcomes = [comparison(compare(texts(random, n), texts(random, n, share))) for _ in range(trials)]
    return sum(is_drift(one.effect, one.p_value) for one in outcomes) / trials


@pytest.mark.parametrize("compare", [compare_by_classifier, compare_by_mmd])
@pytest.mark.parametrize("n", [30, 100])
def test_the_same_topics_alarm_at_most_once_in_a_hundred(compare: Compare, n: int) -> None:
    # The level is 1 %; the rate found scatters around it with so many trials.
    assert alarms(compare, n=n, share=1 / 8, trials=150) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / 150)


@pytest.mark.parametrize("compare", [compare_by_classifier, compare_by_mmd])
def test_a_topic_that_grows_from_one_in_eight_to_one_in_two_is_found(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fewer permutations find no more, and take a tenth of the time.
    monkeypatch.setattr(resampling, "RESAMPLES", 999)
    assert alarms(compare, n=200, share=0.5, trials=20) >= 0.9


@pytest.mark.parametrize("compare", [compare_by_classifier, compare_by_mmd])
def test_other_topics_are_as_far_apart_as_can_be_and_always_the_same_verdict(compare: Compare) -> None:
    random = np.random.default_rng(1)
    left, right = random.normal(0, 0.01, (100, 16)), random.normal(0, 0.01, (80, 16)) + np.eye(16)[0]
    found = comparison(compare(left, right))
    assert (found.n_reference, found.n_current) == (100, 80)
    assert found.p_value == pytest.approx(1 / 10_000)
    assert found.effect > 0.5
    assert compare(left, right) == found


def test_the_discrepancy_is_the_textbook_formula() -> None:
    random = np.random.default_rng(2)
    left, right = random.normal(size=(40, 3)), random.normal(0.5, 1, size=(30, 3))
    pooled = np.concatenate([left, right])
    squared = ((pooled[:, None] - pooled[None]) ** 2).sum(axis=2)
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(70, 1)])) * (1 - np.eye(70))
    expected = kernel[:40, :40].sum() / 40**2 + kernel[40:, 40:].sum() / 30**2 - 2 * kernel[:40, 40:].mean()
    assert comparison(compare_by_mmd(left, right)).statistic == pytest.approx(expected, abs=1e-9)


def test_the_permutation_p_value_agrees_with_scipy() -> None:
    random = np.random.default_rng(3)
    left, right = random.normal(size=(60, 1)), random.normal(0.55, 1, size=(60, 1))
    pooled = np.concatenate([left, right])[:, 0]
    squared = (pooled[:, None] - pooled[None]) ** 2
    kernel = np.exp(-squared / np.median(squared[np.triu_indices(120, 1)])) * (1 - np.eye(120))

    def discrepancy(order: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        weights = np.empty(120)
        weights[order.astype(int)], weights[other.astype(int)] = -1 / 60, 1 / 60
        return float(weights @ kernel @ weights)

    expected = stats.permutation_test(
        (np.arange(60), np.arange(60, 120)),
        discrepancy,
        n_resamples=4_999,
        alternative="greater",
        vectorized=False,
        rng=np.random.default_rng(4),
    )
    found = comparison(compare_by_mmd(left, right))
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.01)


def test_texts_that_are_all_the_same_never_differ() -> None:
    same = np.ones((30, 4))
    for compare in (compare_by_classifier, compare_by_mmd):
        assert comparison(compare(same, same)).p_value > 0.05


def test_too_few_texts_say_so() -> None:
    few, many = np.ones((5, 4)), np.ones((50, 4))
    assert compare_by_mmd(few, many) == Unscored("the reference has 5 texts, fewer than 20")
    assert compare_by_classifier(many, few) == Unscored("the current window has 5 texts, fewer than 20")
