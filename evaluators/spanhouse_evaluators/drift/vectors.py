"""Embeddings against embeddings: whether two windows of texts are about the same things.

Two tests that see different changes, both with p-values by permutation of the labels, so that they hold at any size and for any
distribution. Must not know what was embedded, or how.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison, Test
from spanhouse_evaluators.drift.resampling import SEED, resampled_p_value

MIN_VECTORS = 20
"""Fewer on either side hardly ever reach the 1 % level."""

FOLDS = 5

Vectors = NDArray[np.float32] | NDArray[np.float64]
_Matrix = NDArray[np.float64]


def compare_by_classifier(reference: Vectors, current: Vectors) -> Comparison | Unscored:
    """Return how well a linear classifier by the windows' means, cross-validated, tells them apart.

    The statistic is the area under its ROC curve; the effect, 0 for one half, 1 for a curve without an error.
    """
    few = _too_few(reference, current)
    if few is not None:
        return few
    scoring = _scoring(_pooled(reference, current))
    n, m = len(reference), len(current)

    def areas(labels: _Matrix) -> _Matrix:
        scores = scoring @ (labels - m / (n + m))
        # Equal scores rank in the order of the rows, which is random.
        ranks = scores.argsort(axis=0).argsort(axis=0) + 1.0
        return np.asarray(((ranks * labels).sum(axis=0) - m * (m + 1) / 2) / (n * m))

    area, p_value = _permuted(areas, n=n, m=m)
    return _comparison("classifier", statistic=area, p_value=p_value, effect=max(0.0, 2 * area - 1), sizes=(n, m))


def compare_by_mmd(reference: Vectors, current: Vectors) -> Comparison | Unscored:
    """Return the squared maximum mean discrepancy under a Gaussian kernel as wide as the median distance.

    The pairs of a vector with itself are left out, so that the statistic scatters around 0 without drift.
    """
    few = _too_few(reference, current)
    if few is not None:
        return few
    kernel = _kernel(_pooled(reference, current))
    n, m = len(reference), len(current)

    def discrepancies(labels: _Matrix) -> _Matrix:
        weights = labels / m - (1 - labels) / n
        return np.asarray((weights * (kernel @ weights)).sum(axis=0))

    found, p_value = _permuted(discrepancies, n=n, m=m)
    # The kernel lies between 0 and 1, and so 2 is what disjoint windows reach.
    return _comparison("mmd", statistic=found, p_value=p_value, effect=float(np.sqrt(max(0.0, found) / 2)), sizes=(n, m))


def _too_few(reference: Vectors, current: Vectors) -> Unscored | None:
    for name, vectors in (("reference", reference), ("current window", current)):
        if len(vectors) < MIN_VECTORS:
            return Unscored(f"the {name} has {len(vectors)} texts, fewer than {MIN_VECTORS}")
    return None


def _comparison(test: Test, *, statistic: float, p_value: float, effect: float, sizes: tuple[int, int]) -> Comparison:
    n, m = sizes
    return Comparison(test=test, n_reference=n, n_current=m, statistic=statistic, p_value=p_value, effect=effect)


def _pooled(reference: Vectors, current: Vectors) -> _Matrix:
    """Return all vectors around their mean, in the order of `_labels`."""
    pooled = np.concatenate([reference, current])[_order(len(reference) + len(current))].astype(np.float64)
    return np.asarray(pooled - pooled.mean(axis=0))


def _order(n: int) -> NDArray[np.int64]:
    """Return a fixed random order: nothing must depend on which window comes first."""
    return np.random.default_rng(SEED).permutation(n)


def _labels(n: int, m: int) -> _Matrix:
    return np.repeat([0.0, 1.0], [n, m])[_order(n + m)]


def _kernel(pooled: _Matrix) -> _Matrix:
    products = pooled @ pooled.T
    lengths = np.diag(products)
    distances = np.maximum(lengths[:, None] + lengths[None, :] - 2 * products, 0.0)
    median = float(np.median(distances[np.triu_indices_from(distances, 1)]))
    kernel = np.exp(-distances / median) if median > 0 else (distances == 0).astype(np.float64)
    np.fill_diagonal(kernel, 0.0)
    return kernel


def _scoring(pooled: _Matrix) -> _Matrix:
    """Return what turns centred labels into scores: on which side of the other folds' two means a vector lies."""
    fold = np.arange(len(pooled)) % FOLDS
    return np.asarray((pooled @ pooled.T) * (fold[:, None] != fold[None, :]))


def _permuted(statistic: Callable[[_Matrix], _Matrix], *, n: int, m: int) -> tuple[float, float]:
    """Return the statistic, and the chance of one at least as large under permuted labels (1 for current)."""
    labels = _labels(n, m)
    observed = float(statistic(labels[:, None])[0])
    random = np.random.default_rng(SEED)

    def draw(size: int) -> NDArray[np.float64]:
        return statistic(random.permuted(np.repeat(labels[:, None], size, axis=1), axis=0))

    return observed, resampled_p_value(observed, draw)
