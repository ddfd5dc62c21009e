"""The two-sample statistics: equal to scipy's, quiet without drift, loud with it."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import (
    FrozenBins,
    count,
    distance_of_counts,
    freeze,
    ks_of_counts,
    psi_of_counts,
    scale_of,
)
from spanhouse_evaluators.drift.categories import compare_categories
from spanhouse_evaluators.drift.comparison import Comparison, false_discovery_adjusted, is_drift
from spanhouse_evaluators.drift.numbers import MIN_VALUES, compare_numbers, compare_tails
from spanhouse_evaluators.drift.tails import TAIL_FROM, anderson_darling, limit_p_value, moments

Array = NDArray[np.float64]

# scipy's own, when it takes the asymptotic p-value because the exact one cannot be had.
pytestmark = pytest.mark.filterwarnings("ignore:ks_2samp:RuntimeWarning")

finite = st.floats(-1e9, 1e9, width=32)
samples = st.one_of(
    arrays(np.float64, st.integers(MIN_VALUES, 200), elements=finite),
    # Ties are the rule for counts of tokens.
    arrays(np.float64, st.integers(MIN_VALUES, 200), elements=st.integers(0, 5)),
)
tables = st.lists(st.tuples(st.integers(40, 4_000), st.integers(40, 4_000)), min_size=2, max_size=5)


def comparison(found: Comparison | Unscored) -> Comparison:
    assert isinstance(found, Comparison), found
    return found


def frozen(values: Array) -> FrozenBins:
    bins = freeze(values)
    assert isinstance(bins, FrozenBins)
    return bins


@given(samples, samples)
def test_ks_equals_scipy(reference: Array, current: Array) -> None:
    found = comparison(compare_numbers(reference, current))
    expected = stats.ks_2samp(reference, current)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


@pytest.mark.filterwarnings("ignore:p-value:UserWarning")  # scipy's own p-value ends at 0.001 and at 0.25
@given(samples, samples)
def test_anderson_darling_equals_scipy(reference: Array, current: Array) -> None:
    found = compare_tails(reference, current)
    if len(np.unique(np.concatenate([reference, current]))) == 1:
        assert found == Unscored("all values of both windows are alike")
        return
    expected = stats.anderson_ksamp([reference, current], variant="midrank")
    assert comparison(found).statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert comparison(found).effect == pytest.approx(stats.ks_2samp(reference, current).statistic, abs=1e-9)
    assert 0.0 <= comparison(found).p_value <= 1.0


@pytest.mark.parametrize(("distance", "chance"), [(1.933, 0.1), (2.492, 0.05), (3.070, 0.025), (3.857, 0.01)])
def test_anderson_darlings_limit_has_the_published_quantiles(distance: float, chance: float) -> None:
    # Stephens (1974), EDF statistics for goodness of fit, table 1.
    assert limit_p_value(distance) == pytest.approx(chance, rel=0.03)
    assert limit_p_value(TAIL_FROM - 1e-9) == pytest.approx(limit_p_value(TAIL_FROM), rel=0.02)


@given(st.lists(st.integers(1, 2_000), min_size=2, max_size=60))
def test_ties_give_the_moments_of_the_covariance_between_ranks(counts: list[int]) -> None:
    shares = np.array(counts) / sum(counts)
    ranks = shares.cumsum() - shares / 2
    covariance = np.minimum.outer(ranks, ranks) * (1 - np.maximum.outer(ranks, ranks))
    np.fill_diagonal(covariance, ranks * (1 - ranks) - shares / 4)
    weighted = covariance * np.sqrt(np.outer(*2 * [shares / np.diag(covariance)]))
    traces = [np.trace(np.linalg.matrix_power(weighted, power)) for power in (2, 3)]
    assert moments(shares) == pytest.approx(traces, rel=1e-9)


@settings(max_examples=50)
@given(tables)
def test_chi_square_equals_scipy(rows: list[tuple[int, int]]) -> None:
    left, right = ({str(i): row[side] for i, row in enumerate(rows)} for side in (0, 1))
    expected = stats.chi2_contingency(np.array(rows).T, correction=False)
    found = comparison(compare_categories(left, right))
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    if expected.expected_freq.min() >= 5:
        assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(1, 60), st.integers(0, 12), st.integers(1, 60))
def test_two_rare_categories_have_the_exact_chance_of_their_table(a: int, b: int, c: int, d: int) -> None:
    # Fisher's exact test orders tables by their chance, this one by their chi-square; alike where the windows are equally large.
    n = max(a + b, c + d)
    table = np.array([[a, n - a], [c, n - c]])
    found = comparison(compare_categories(*({"rare": int(row[0]), "often": int(row[1])} for row in table)))
    if a + c and table.sum(axis=0).min() / 2 < 5:
        assert found.p_value == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-9)


def test_a_plain_change_among_rare_categories_is_plain_among_hundreds_of_series() -> None:
    found = comparison(compare_categories({"a": 900, "b": 97, "c": 3}, {"a": 500, "b": 497, "c": 3}))
    asymptotic = stats.chi2_contingency([[900, 97, 3], [500, 497, 3]], correction=False).pvalue
    assert asymptotic < 1e-60
    assert found.p_value < 1e-20
    assert max(false_discovery_adjusted([found.p_value, *[0.5] * 300])[:1]) < 0.01


@settings(max_examples=50)
@given(tables)
def test_jensen_shannon_is_zero_for_equal_shares_and_never_more_than_one(rows: list[tuple[int, int]]) -> None:
    left, right = ({str(i): row[side] for i, row in enumerate(rows)} for side in (0, 1))
    assert 0.0 <= comparison(compare_categories(left, right)).effect <= 1.0
    doubled = {name: 2 * n for name, n in left.items()}
    assert comparison(compare_categories(left, doubled)).effect == pytest.approx(0.0, abs=1e-7)


def test_windows_without_a_common_category_are_as_far_apart_as_can_be() -> None:
    found = comparison(compare_categories({"gpt-4o": 100}, {"gpt-5": 100}))
    assert found.effect == pytest.approx(1.0)
    assert found.p_value < 1e-9


@given(samples, samples)
def test_psi_equals_the_symmetric_divergence_of_its_shares(reference: Array, current: Array) -> None:
    bins = frozen(reference)
    found = psi_of_counts(bins, count(bins, current))
    if isinstance(found, Unscored):
        assert min(len(reference), len(current)) < 50 or len(set(reference)) == 1
        return
    assert found.statistic >= 0
    again = comparison(psi_of_counts(bins, [7 * n for n in bins.counts]))
    assert again.statistic == pytest.approx(0.0, abs=0.05)


def test_psi_of_deciles_is_the_textbook_formula() -> None:
    bins = frozen(np.arange(1000.0))
    current = np.arange(1000.0) ** 2 / 1000
    shares = np.histogram(current, np.append(np.arange(0.0, 1000.0, 100.0), np.inf))[0] + 0.5
    left, right = np.full(10, 0.1), shares / shares.sum()
    found = comparison(psi_of_counts(bins, count(bins, current)))
    assert found.statistic == pytest.approx(stats.entropy(left, right) + stats.entropy(right, left), abs=1e-9)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic / 0.002, 9), abs=1e-9)


@given(samples, samples)
def test_ks_of_frozen_counts_falls_short_of_the_exact_distance_by_one_part_at_most(reference: Array, current: Array) -> None:
    bins = frozen(reference)
    found = comparison(ks_of_counts(bins, count(bins, current)))
    exact = float(stats.ks_2samp(reference, current).statistic)
    assert exact - 1 / 200 - 1e-12 <= found.statistic <= exact + 1e-12


@pytest.mark.parametrize("size", [10_000, 30_000, 200_000, 4_000_000])
@pytest.mark.parametrize("moved", [0.005, 0.016, 0.02, 0.022, 0.025, 0.03, 0.04, 0.05, 0.1, 0.5])
def test_ks_of_frozen_counts_has_the_chance_that_scipy_sums_up(size: int, moved: float) -> None:
    """Of windows in which a share of the values moved; scipy takes a second for some of these."""
    steps = round(size * moved * (10_000 / size) ** 0.5)
    bins = FrozenBins(edges=(0.0,), counts=(size // 4, size - size // 4))
    found = comparison(ks_of_counts(bins, [size // 4 + steps, size - size // 4 - steps]))
    assert found.statistic == pytest.approx(steps / size, abs=1e-12)
    assert found.p_value == pytest.approx(stats.kstwo.sf(found.statistic, size // 2), abs=1e-9)


@pytest.mark.parametrize("moved", [0.0, 0.03, 0.05, 0.5])
def test_ks_of_samples_beyond_the_exact_test_equals_scipy(moved: float) -> None:
    random = np.random.default_rng(1)
    reference, current = random.normal(size=20_000).round(2), random.normal(moved, size=12_000).round(2)
    found, expected = comparison(compare_numbers(reference, current)), stats.ks_2samp(reference, current)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def beyond(bins: FrozenBins, values: Array) -> float:
    """Return how far the values outside the edges lie from them, in total."""
    return float(np.maximum(bins.edges[0] - values, 0).sum() + np.maximum(values - bins.edges[-1], 0).sum())


ratings = arrays(np.float64, st.integers(MIN_VALUES, 200), elements=st.integers(0, 5))


@given(ratings, ratings)
def test_the_distance_of_ratings_equals_scipys(reference: Array, current: Array) -> None:
    bins = frozen(reference)
    found = distance_of_counts(bins, count(bins, current), outside=beyond(bins, current))
    # Values that the reference does not have lie somewhere in the bin between those it has.
    if set(current) <= {value for value in current if value in reference or not bins.edges[0] < value < bins.edges[-1]}:
        assert found == pytest.approx(stats.wasserstein_distance(reference, current), abs=1e-9)


@given(samples, samples)
def test_the_distance_errs_by_the_widths_of_bins_times_their_shares(reference: Array, current: Array) -> None:
    bins = frozen(reference)
    counted = count(bins, current)
    found = distance_of_counts(bins, counted, outside=beyond(bins, current))
    shares = [np.asarray(side)[1:-1] / sum(side) for side in (bins.counts, counted)]
    allowed = float((np.maximum(*shares) * np.diff(bins.edges)).sum())
    assert found == pytest.approx(stats.wasserstein_distance(reference, current), abs=allowed + 1e-3)


def test_a_shift_is_its_own_distance() -> None:
    random = np.random.default_rng(7)
    reference = random.beta(8, 2, 5_000)
    bins = frozen(reference)
    for shift in (0.01, 0.1, -0.4):
        current = reference + shift
        found = distance_of_counts(bins, count(bins, current), outside=beyond(bins, current))
        assert found == pytest.approx(abs(shift), abs=1e-3)
    assert distance_of_counts(bins, [0] * len(bins.counts)) == 0.0


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.0, 1.0], 1.0),
        ([0.97, 0.98, 0.99], 1.0),
        ([1.0, 5.0], 4.0),
        ([50.0], 50.0),
        ([*range(1_000), 1e9], 980.0),
        ([3.0] * 199 + [7.0], 4.0),
    ],
)
def test_the_scale_of_scores_is_one_for_shares_and_else_what_they_span(values: list[float], scale: float) -> None:
    assert scale_of(frozen(np.repeat(values, 100))) == pytest.approx(scale, rel=0.02)


@given(samples)
def test_a_reference_never_differs_from_itself(reference: Array) -> None:
    bins = frozen(reference)
    assert comparison(ks_of_counts(bins, count(bins, reference))).statistic == 0.0
    assert comparison(compare_numbers(reference, reference)).p_value == 1.0


def test_a_value_above_everything_seen_before_has_its_own_bin() -> None:
    bins = frozen(np.full(100, 3.0))
    assert comparison(ks_of_counts(bins, count(bins, np.full(100, 4.0)))).statistic == 1.0
    assert comparison(ks_of_counts(bins, count(bins, np.full(100, 2.0)))).statistic == 1.0
    assert comparison(ks_of_counts(bins, count(bins, np.full(100, 3.0)))).statistic == 0.0


@pytest.mark.parametrize("missing", [0, 20])
def test_missing_values_are_left_out_and_not_counted(missing: int) -> None:
    values = np.concatenate([np.arange(100.0), np.full(missing, np.nan)])
    assert comparison(compare_numbers(values, values)).n_current == 100
    assert sum(count(frozen(values), values)) == 100


def test_what_cannot_be_compared_says_why() -> None:
    few, many = np.arange(3.0), np.arange(100.0)
    constant, none = frozen(np.full(100, 1.0)), np.full(50, np.nan)
    assert compare_numbers(many, few) == Unscored("the current window has 3 values, fewer than 10")
    assert compare_numbers(none, many) == Unscored("the reference has 0 values, fewer than 10")
    assert freeze(none) == Unscored("the reference has no values")
    assert psi_of_counts(constant, count(constant, many)) == Unscored("the reference is constant")
    assert psi_of_counts(frozen(many), count(frozen(many), few)) == Unscored("3 values are too few for 10 bins")
    assert ks_of_counts(constant, [0, 0, 0]) == Unscored("one of the windows has no values")
    assert anderson_darling([5, 0], [0, 0]) == Unscored("the windows have too few values")
    assert compare_categories({}, {"a": 1}) == Unscored("one of the windows has no values")


def test_false_discovery_rate_is_controlled_over_dependent_series() -> None:
    p_values = [0.001, 0.02, 0.4, 0.9]
    assert false_discovery_adjusted(p_values) == pytest.approx(stats.false_discovery_control(p_values, method="by"))
    assert false_discovery_adjusted([]) == []


# The streams of the drift measurements: log-normal latencies of standard deviation 1 (in
# logarithms) with 1 % time-outs at 60 s.


def latencies(random: np.random.Generator, n: int, factor: float = 1.0) -> Array:
    values = random.lognormal(0.0, 1.0, n) * factor
    values[random.random(n) < 0.01] = 60.0
    return values


def ks(reference: Array, current: Array) -> Comparison | Unscored:
    return compare_numbers(reference, current)


def ks_counted(reference: Array, current: Array) -> Comparison | Unscored:
    bins = frozen(reference)
    return ks_of_counts(bins, count(bins, current))


def ad(reference: Array, current: Array) -> Comparison | Unscored:
    return compare_tails(reference, current)


def ad_counted(reference: Array, current: Array) -> Comparison | Unscored:
    bins = frozen(reference)
    return anderson_darling(bins.counts, count(bins, current))


def ad_tied(reference: Array, current: Array) -> Comparison | Unscored:
    """Compare whole seconds: four in ten are 0, and more than nine in ten at most 4."""
    return compare_tails(np.floor(reference), np.floor(current))


def psi(reference: Array, current: Array) -> Comparison | Unscored:
    bins = frozen(reference)
    return psi_of_counts(bins, count(bins, current))


def models(reference: Array, current: Array) -> Comparison | Unscored:
    """Compare as categories: whole seconds, the long ones rare."""
    return compare_categories(*(Counter(str(int(value)) for value in side) for side in (reference, current)))


def alarms(test: Callable[[Array, Array], Comparison | Unscored], n: int, factor: float, *, trials: int) -> float:
    random = np.random.default_rng(5)
    found = 0
    for _ in range(trials):
        outcome = comparison(test(latencies(random, 5_000), latencies(random, n, factor)))
        found += is_drift(outcome.effect, outcome.p_value)
    return found / trials


@pytest.mark.parametrize(
    ("test", "n", "trials"),
    [(test, n, 300) for test in (ks, ks_counted, ad_counted, psi) for n in (200, 1_000, 5_000)]
    + [(ad, 30, 1_000), (ad_tied, 30, 1_000), (ad_tied, 1_000, 300), (models, 1_000, 100)],
)
def test_no_change_alarms_at_most_once_in_a_hundred(
    test: Callable[[Array, Array], Comparison | Unscored], n: int, trials: int
) -> None:
    # The level is 1 %; the rate found scatters around it with so many trials.
    assert alarms(test, n, 1.0, trials=trials) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / trials)


@pytest.mark.parametrize(("n", "factor"), [(1_000, 1.2), (5_000, 1.2), (200, 1.5), (1_000, 1.5), (5_000, 1.5)])
def test_ks_finds_the_stated_latency_shifts(n: int, factor: float) -> None:
    assert alarms(ks, n, factor, trials=100) >= 0.9
    assert alarms(ks_counted, n, factor, trials=100) >= 0.9


@pytest.mark.parametrize(("n", "factor"), [(1_000, 1.17), (200, 1.4), (200, 1.5)])
def test_anderson_darling_finds_smaller_latency_shifts(n: int, factor: float) -> None:
    assert min(alarms(test, n, factor, trials=100) for test in (ad, ad_counted)) >= 0.9


@pytest.mark.parametrize(("n", "m", "spread"), [(1_000, 1_000, 1.25), (5_000, 500, 1.3), (200, 200, 1.7)])
def test_a_scatter_that_grew_is_found(n: int, m: int, spread: float) -> None:
    random = np.random.default_rng(6)
    found = [comparison(compare_tails(random.normal(size=n), random.normal(0, spread, m))) for _ in range(100)]
    assert np.mean([is_drift(one.effect, one.p_value) for one in found]) >= 0.9


@pytest.mark.parametrize(("n", "factor"), [(5_000, 1.2), (200, 1.5), (1_000, 1.5), (5_000, 1.5)])
def test_psi_finds_the_stated_latency_shifts(n: int, factor: float) -> None:
    assert alarms(psi, n, factor, trials=100) >= 0.9


@settings(max_examples=20)
@given(st.integers(1, 8))
def test_a_new_category_is_found_though_it_is_rare(share_in_hundredths: int) -> None:
    n = 20_000
    new = n * share_in_hundredths // 100
    found = comparison(compare_categories({"a": n}, {"a": n - new, "b": new}))
    assert is_drift(found.effect, found.p_value)
