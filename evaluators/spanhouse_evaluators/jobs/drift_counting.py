"""How many calls of each window fall into the bins of frozen references: counted in the store, in one pass for all of them.

Must not know how counts are judged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.drift.bins import FrozenBins
from spanhouse_evaluators.drift.categories import UNKNOWN, FrozenCategories
from spanhouse_evaluators.drift.comparison import Moved
from spanhouse_evaluators.drift.missing import SUFFIX
from spanhouse_evaluators.jobs.drift_references import MODEL_MIX, NUMBERS, Watched
from spanhouse_evaluators.jobs.windows import Windows
from spanhouse_evaluators.selection import SQL
from spanhouse_evaluators.stretches import read_ahead

MAX_CELLS = 8_000_000
"""Counters of one statement at most, of eight bytes each, which bounds its memory; what does not fit is counted in portions."""

PORTIONS = 4
"""Into how many portions what would fit is counted all the same: the store counts the next one while one is judged."""

_PARAMETERS = {"model": "models", "provider": "providers", "prompt": "prompts", "release": "releases", "service": "services"}

_PER_UNIT = {"duration": 1e6, "time_to_first_token": 1e6, "cost": 1e12}
"""How many of what the store keeps go into the unit of a number: nanoseconds into ms, and the Decimal's last place into USD."""

_SIGNED = frozenset({"duration", "cost"})

_MOST = 2**62
"""Above any number of the store's, and below what an Int64 holds."""

_Table = NDArray[np.int64]
_Names = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One window's calls by bin of a reference, of which there are some. Of numeric scores also how far they moved."""

    watched: Watched
    start: datetime
    counts: _Table
    moved: Moved | None = None


def named(watched: Iterable[Watched], keys: Iterable[str]) -> dict[str, list[str]]:
    """Return the segments that are watched, by the parameter that names those of a column."""
    found = {one.segment for one in watched}
    return {_PARAMETERS[key]: sorted(one.value for one in found if one.key == key) for key in keys}


def edges_of(watched: Iterable[Watched]) -> NDArray[np.float64]:
    """Return the edges of all references together, so that each one's bins are unions of those between them."""
    bins = [one.reference.bins for one in watched]
    return np.unique([-np.inf, *(edge for one in bins if isinstance(one, FrozenBins) for edge in one.edges)])


def stored_edges(feature: str, edges: NDArray[np.float64]) -> _Table:
    """Return edges as the integers that the store keeps: of each the smallest one that is not below it in the feature's unit.

    Integers are searched in half the time. Exact up to 2^53: 104 days, or 9,007 USD for one call.
    """
    per_unit = _PER_UNIT.get(feature, 1.0)
    found = np.ceil(edges * per_unit)
    found -= (found - 1) / per_unit >= edges
    found += found / per_unit < edges
    return np.unique(np.clip(found, -_MOST if feature in _SIGNED else 0, _MOST).astype(np.int64))


def names_of(watched: Iterable[Watched]) -> list[str]:
    """Return the categories of all references together, and '' in any case."""
    bins = [one.reference.bins for one in watched]
    return sorted({"", *(name for one in bins if isinstance(one, FrozenCategories) for name in one.names)})


def count_calls(store: Store, windows: Windows, *, watched: Sequence[Watched], project: str, release: str) -> Iterator[Counted]:
    """Yield the windows that have model calls, of one release or of all (''), for each of what is watched."""
    edges = {feature: edges_of(one for one in watched if one.name == feature) for feature in NUMBERS}
    slots = _Slots({feature: stored_edges(feature, one) for feature, one in edges.items()}, names_of(watched))
    segments = named(watched, _PARAMETERS)
    passes, groups = [segments], 1 + sum(map(len, segments.values()))
    if groups * slots.cells > MAX_CELLS:
        # Too many at once even for one window: one column after the other.
        passes = [{name: values if name == only else [] for name, values in segments.items()} for only in segments]
        groups = 1 + max(map(len, segments.values()))
    portion = max(1, MAX_CELLS // (PORTIONS * groups * slots.cells))
    portions = [replace(windows, starts=windows.starts[at : at + portion]) for at in range(0, len(windows.starts), portion)]
    asked = {"project": project, "release": release, **slots.params()}
    # The store counts the next portion while this one is judged.
    for number, only, counted in read_ahead(_frames(store, portions, passes=passes, asked=asked)):
        mine = [one for one in watched if one.segment.value in only.get(_PARAMETERS.get(one.segment.key, ""), ())]
        all_calls = [one for one in watched if not one.segment.key] if number == 0 else []
        yield from slots.tallied(counted, [*all_calls, *mine])


def _frames(
    store: Store, portions: Iterable[Windows], *, passes: Sequence[_Names], asked: Mapping[str, Any]
) -> Iterator[tuple[int, _Names, pl.DataFrame]]:
    for windows in portions:
        for number, only in enumerate(passes):
            yield number, only, store.frame(load(SQL, "drift_counts"), {**asked, **windows.params(), **only})


@dataclass(frozen=True, slots=True)
class _Slots:
    """Where drift_counts.sql counts what: of numbers 0 for missing ones and one after each edge, of names from 1."""

    edges: Mapping[str, _Table]
    names: Sequence[str]

    @property
    def cells(self) -> int:
        return sum(len(one) + 1 for one in self.edges.values()) + len(self.names) + 2

    def params(self) -> dict[str, Any]:
        edges = {f"{feature}_edges": one.tolist() for feature, one in self.edges.items()}
        slots = {f"{feature}_slots": len(one) + 1 for feature, one in self.edges.items()}
        return {**edges, **slots, f"{MODEL_MIX}_names": list(self.names), f"{MODEL_MIX}_slots": len(self.names) + 2}

    def tallied(self, counted: pl.DataFrame, watched: Iterable[Watched]) -> Iterator[Counted]:
        parts = counted.sort("started_s").partition_by("key", "value", as_dict=True)
        # Every call has one place in each column, so that those of any column together are all calls.
        parts["", ""] = counted.filter(pl.col("key") == "release").sort("started_s")
        for one in watched:
            rows = parts.get((one.segment.key, one.segment.value))
            if rows is not None:
                slots = rows[one.name.removesuffix(SUFFIX)]
                table = slots.explode().to_numpy().reshape(len(slots), -1).astype(np.int64)
                starts_s, firsts = np.unique(rows["started_s"].to_numpy(), return_index=True)
                table = np.add.reduceat(self._folded(one, table), firsts)
                yield from of_windows(one, starts_s.tolist(), table=table)

    def _folded(self, watched: Watched, table: _Table) -> _Table:
        """Return what was counted by slot as counts by the reference's own bins."""
        bins = watched.reference.bins
        if isinstance(bins, FrozenCategories):
            return folded(table[:, 1:], places(bins, [*self.names, UNKNOWN]), size=len(bins.names) + 1)
        if watched.name.endswith(SUFFIX):
            return np.column_stack([table[:, 1:].sum(axis=1), table[:, 0]])
        edges = self.edges[watched.name] / _PER_UNIT.get(watched.name, 1.0)
        return folded(table[:, 1:], places(bins, edges), size=len(bins.counts))


def places(bins: FrozenBins | FrozenCategories, values: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    """Return the bin of each value; that of an unknown category comes after the known ones."""
    if isinstance(bins, FrozenBins):
        return np.searchsorted(bins.edges, values, side="right").astype(np.int64)
    known = {name: place for place, name in enumerate(bins.names)}
    return np.array([known.get(value, len(known)) for value in values], dtype=np.int64)


def folded(table: _Table, into: NDArray[np.int64], *, size: int) -> _Table:
    """Return the columns of a table added up in `size` columns, each where `into` says."""
    found = np.zeros((len(table), size), dtype=np.int64)
    np.add.at(found.T, into, table.T)
    return found


def of_windows(watched: Watched, starts_s: Sequence[int], *, table: _Table) -> Iterator[Counted]:
    """Yield the rows of a table, which are in the order of the windows, without the empty ones."""
    for start_s, counts in zip(starts_s, table, strict=True):
        if counts.any():
            yield Counted(watched=watched, start=datetime.fromtimestamp(start_s, UTC), counts=counts)


def count_tools(store: Store, windows: Windows, *, watched: Sequence[Watched], project: str, release: str) -> Iterator[Counted]:
    """Yield the windows that have calls of tools for each of what is watched, which is their mix in segments."""
    if not watched:
        return
    params = {"project": project, "release": release, "tools": names_of(watched), "unknown": UNKNOWN}
    segments = named(watched, ("release", "service"))
    counted = store.frame(load(SQL, "drift_tool_counts"), {**params, **segments, **windows.params()})
    for one in watched:
        rows = counted.filter((pl.col("key") == one.segment.key) & (pl.col("value") == one.segment.value))
        yield from tallied_rows(one, rows.select("started_s", met=pl.col("tool"), n=pl.col("calls")))


def tallied_rows(watched: Watched, rows: pl.DataFrame) -> Iterator[Counted]:
    """Yield the windows of rows of `started_s`, `met` (the lower edge or the category) and `n` (how many)."""
    bins = watched.reference.bins
    starts_s, at = np.unique(rows["started_s"].to_numpy(), return_inverse=True)
    size = len(bins.counts) + isinstance(bins, FrozenCategories)
    table = np.zeros((len(starts_s), size), dtype=np.int64)
    np.add.at(table, (at, places(bins, rows["met"].to_list())), rows["n"].to_numpy())
    yield from of_windows(watched, starts_s.tolist(), table=table)
