"""Windows of time whose figures changed because spans arrived in them, also late ones.

Must not know what is measured over a window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.selection import SQL
from spanhouse_evaluators.watermark import raise_watermarks, read_watermark

GRACE_MS = 60_000
"""Rows become visible after their `stored_at`, at the end of their insert; none takes a minute."""

WINDOWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Windows to measure: their starts in order, and their length in seconds."""

    starts: tuple[datetime, ...]
    window_s: int

    def params(self) -> dict[str, Any]:
        """Return what the statements over windows take."""
        return {"windows": list(self.starts), "first": self.starts[0], "last": self.starts[-1], "window_s": self.window_s}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, as its watermark names it, and what it waits for: spans of some kinds, or (with none) evaluators' scores."""

    job: str
    version: str
    kinds: tuple[str, ...] = ("llm",)


def changed_windows(store: Store, state: State, *, reader: Reader, project: str, window_s: int) -> Iterator[Windows]:
    """Yield the windows in which something was stored since the reader last came to the end, in portions.

    The reader's watermark rises when the caller has taken all portions; a window may come twice, never not at all.
    """
    newest, changed = ("newest_stored", "changed_windows") if reader.kinds else ("newest_scored", "drift_score_windows")
    until_ms = int(store.query(load(SQL, newest), {"project": project})[0]["stored_ms"]) + 1
    after_ms = read_watermark(state, project, evaluator=reader.job, version=reader.version) - GRACE_MS
    kinds = {"kinds": list(reader.kinds)} if reader.kinds else {}
    asked = {"project": project, "after_ms": max(after_ms, 0), "until_ms": until_ms, "window_s": window_s, **kinds}
    starts = [row["window_start"] for row in store.query(load(SQL, changed), asked)]
    for i in range(0, len(starts), WINDOWS_AT_ONCE):
        yield Windows(starts=tuple(starts[i : i + WINDOWS_AT_ONCE]), window_s=window_s)
    # The mark is on disk at once. Without this, a power cut could leave it there without the measurements.
    store.sync()
    raise_watermarks(state, project, evaluators=[(reader.job, reader.version)], stored_ms=until_ms - 1)
