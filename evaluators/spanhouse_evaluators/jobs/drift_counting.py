"""How many calls of each window fall into the bins of frozen references: counted in the store, in one pass for all of them.

Must not know how counts are judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.drift.frozen import Reference
from spanhouse_evaluators.drift.missing import SUFFIX
from spanhouse_evaluators.jobs.windows import Windows
from spanhouse_evaluators.selection import SQL

FEATURES = {"duration": "ms", "time_to_first_token": "ms", "output_tokens": "tokens", "cost": "USD"}
"""What is watched, with its unit; in the order in which drift_counts.sql numbers them."""

MAX_CELLS = 4_000_000
"""Counters of one statement at most, which bounds its memory; more windows than fit are counted in portions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One window's calls by bin of a reference; never empty."""

    reference: Reference
    start: datetime
    counts: list[int]


def count_windows(
    store: Store, windows: Windows, *, frozen: Sequence[Reference], project: str, release: str
) -> Iterator[Counted]:
    """Yield the windows that have calls, of one release or of all (''), for each reference."""
    models = sorted({reference.model for reference in frozen} - {""})
    edges = {feature: _edges(frozen, feature) for feature in FEATURES}
    cells = (len(models) + 1) * sum(len(one) + 1 for one in edges.values())
    portion = max(1, MAX_CELLS // cells)
    for first in range(0, len(windows.starts), portion):
        asked = replace(windows, starts=windows.starts[first : first + portion])
        params = {
            "project": project,
            "release": release,
            "models": models,
            **{f"{feature}_edges": one.tolist() for feature, one in edges.items()},
            **asked.params(),
        }
        counted = store.frame(load(SQL, "drift_counts"), params)
        for reference in frozen:
            yield from _tallied(counted, reference)


def _edges(frozen: Sequence[Reference], feature: str) -> NDArray[np.float64]:
    """Return the edges of all segments together, so that every segment's bins are unions of those between them."""
    return np.unique([-np.inf, *(edge for one in frozen if one.feature == feature for edge in one.bins.edges)])


def _tallied(counted: pl.DataFrame, reference: Reference) -> Iterator[Counted]:
    feature = reference.feature.removesuffix(SUFFIX)
    of_feature = pl.col("feature") == list(FEATURES).index(feature) + 1
    of_segment = pl.lit(value=True) if reference.model == "" else pl.col("model") == reference.model
    rows = counted.filter(of_feature & of_segment)
    met = rows["edge"].to_numpy()
    if reference.feature.endswith(SUFFIX):
        met = np.isnan(met).astype(np.float64)
    else:
        rows, met = rows.filter(pl.col("edge").is_not_nan()), met[~np.isnan(met)]
    starts_s, places = np.unique(rows["started_s"].to_numpy(), return_inverse=True)
    bins = np.searchsorted(reference.bins.edges, met, side="right")
    table = np.zeros((len(starts_s), len(reference.bins.counts)), dtype=np.int64)
    np.add.at(table, (places, bins), rows["calls"].to_numpy())
    for start_s, counts in zip(starts_s.tolist(), table.tolist(), strict=True):
        yield Counted(reference=reference, start=datetime.fromtimestamp(start_s, UTC), counts=counts)
