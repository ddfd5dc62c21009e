"""Which segments drift is watched in, and their references, which are cut here as soon as there are enough calls.

Must not know how windows are counted or compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import freeze
from spanhouse_evaluators.drift.categories import freeze_categories
from spanhouse_evaluators.drift.frozen import ALL_CALLS, Frozen, Reference, Segment, keep_references, references
from spanhouse_evaluators.drift.missing import SUFFIX, presence
from spanhouse_evaluators.jobs.windows import Windows
from spanhouse_evaluators.selection import SQL

NUMBERS = ("duration", "time_to_first_token", "input_tokens", "output_tokens", "cost", "input_length", "output_length")
"""Numbers of a model call that are watched; lengths are bytes of the messages."""

MODEL_MIX, TOOL_MIX = "model_mix", "tool_mix"
"""Which models answered, and which tools were called."""

OF_CALLS = (*NUMBERS, *(f"{feature}{SUFFIX}" for feature in NUMBERS if feature != "duration"), MODEL_MIX)
"""All that is watched of model calls; also how often numbers are missing."""

SOON_S = 3_600
"""How far after a segment's first call its reference is looked for at first: where there is much traffic it is there."""

SegmentKey = Literal["model", "provider", "prompt", "release", "service"]

OF_TOOLS: tuple[SegmentKey, ...] = ("release", "service")
"""What a tool's own span tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From which calls references are cut: the first `most` of a release ('' for the earliest), as soon as there are `least`."""

    release: str
    least: int
    most: int

    def frozen(self, values: pl.Series) -> Frozen | None:
        """Return the distribution of numbers or categories, or nothing if there are too few yet."""
        measured = values.drop_nulls()
        if len(measured) < self.least:
            return None
        frozen = freeze_categories(measured.to_list()) if measured.dtype == pl.String else freeze(measured.to_numpy())
        return None if isinstance(frozen, Unscored) else frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A feature of a segment, under the name that its measurements have, and the reference it is compared with."""

    name: str
    segment: Segment
    reference: Reference


def referred(segment: Segment) -> Segment:
    """Return the segment whose reference counts: a release is compared with what all calls were, others with what they were."""
    return ALL_CALLS if segment.key == "release" else segment


def kept_references(state: State, project: str, *, release: str) -> dict[tuple[str, Segment], Reference]:
    """Return the references there are, of one release or of any ('')."""
    return {key: one for key, one in references(state, project).items() if release in ("", one.release)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Lists the segments of a project to watch: in each of some columns the `most` values with the most calls."""

    store: Store
    project: str
    release: str
    keys: tuple[SegmentKey, ...]
    most: int

    def of(self, windows: Windows, *, kind: str, keys: Iterable[SegmentKey]) -> list[Segment]:
        """Return those of a kind of spans in the windows, after all calls."""
        asked = {
            "project": self.project,
            "release": self.release,
            "kind": kind,
            "keys": [key for key in keys if key in self.keys and not (key == "release" and self.release)],
            "most": self.most,
            **windows.params(),
        }
        found = [Segment(**row) for row in self.store.query(load(SQL, "drift_segments"), asked)] if asked["keys"] else []
        releases = [segment for segment in found if segment.key == "release"]
        # Where there is one release, it is all calls.
        return [ALL_CALLS, *(one for one in found if one not in releases or len(releases) > 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanReferences:
    """The references of model calls and of calls of tools."""

    store: Store
    state: State
    project: str
    rule: Rule

    def watched(self, segments: Sequence[Segment], *, kind: str, features: Sequence[str]) -> list[Watched]:
        """Return what has a reference, after cutting those that can be cut now."""
        kept = kept_references(self.state, self.project, release=self.rule.release)
        missing = dict[Segment, list[str]]()
        for segment in dict.fromkeys(map(referred, segments)):
            if lacking := [feature for feature in features if (feature, segment) not in kept]:
                missing[segment] = lacking
        found = list(self._cut(missing, kind=kind))
        # One commit for all: each waits for the disk.
        keep_references(self.state, self.project, found=found)
        kept.update({(one.feature, one.segment): one for one in found})
        return [
            Watched(name=feature, segment=segment, reference=kept[feature, referred(segment)])
            for feature in features
            for segment in segments
            if (feature, referred(segment)) in kept
        ]

    def _cut(self, missing: Mapping[Segment, Iterable[str]], *, kind: str) -> Iterator[Reference]:
        """Yield the references that can be cut of the features that each segment lacks; the statements run on two cores."""
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="references") as readers:
            for segment, calls in zip(missing, readers.map(lambda one: self._calls(one, kind=kind), missing), strict=True):
                for feature in missing[segment]:
                    frozen = self._frozen(calls, feature)
                    if frozen is not None:
                        yield Reference(feature=feature, segment=segment, bins=frozen, **_extent(calls))

    def _calls(self, segment: Segment, *, kind: str) -> pl.DataFrame:
        most, release = self.rule.most, self.rule.release
        asked = {
            "project": self.project,
            "kind": kind,
            "key": segment.key,
            "value": segment.value,
            "release": release,
            "most": most,
        }
        calls = self.store.frame(load(SQL, "drift_reference"), {**asked, "within_s": SOON_S})
        # Without a limit something of each part of the table is read, of all days.
        return calls if len(calls) == most else self.store.frame(load(SQL, "drift_reference"), {**asked, "within_s": 0})

    def _frozen(self, calls: pl.DataFrame, feature: str) -> Frozen | None:
        if not feature.endswith(SUFFIX):
            return self.rule.frozen(calls[feature])
        values = calls[feature.removesuffix(SUFFIX)]
        missing = values.null_count()
        return None if len(values) < self.rule.least else presence(present=len(values) - missing, missing=missing)


def _extent(calls: pl.DataFrame) -> dict[str, Any]:
    starts = calls["start_time_ns"]
    return {"release": calls["release"][0], "first_ns": starts[0], "last_ns": starts[-1]}
