"""The store that queries are measured on: made-up spans of 30 days with their scores and rollups, kept if a folder is named."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from spanhouse_collector.ingest import coarse
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.storage import Query, Store, load, migrate

DAYS = 30
END = datetime(2026, 11, 1, tzinfo=UTC)


@contextmanager
def seeded(folder: str, *, spans: int) -> Iterator[Path]:
    """A data folder with so many spans: `folder`, which is filled once and stays, or with '' one that is thrown away."""
    if not folder:
        with tempfile.TemporaryDirectory() as name:
            _fill(Path(name), spans=spans)
            _count_hours(Path(name))
            yield Path(name)
        return
    data = Path(folder)
    done = data / f"{spans}.spans"
    if not done.exists():
        _fill(data, spans=spans)
        done.touch()
    _count_hours(data)
    yield data


def _fill(data: Path, *, spans: int) -> None:
    """Stores the spans day by day, with the rollups that a collector makes of them; goes on where it was stopped."""
    store = Store(f"chdb://{data}/store")
    migrate(store)
    a_day = spans // DAYS
    rollup = Rollup(store, share=1.0)
    for number in range(DAYS):
        done = data / f"{spans}.day-{number + 1}"
        if done.exists():
            continue
        day = END - timedelta(days=DAYS - number)
        store.execute(_statement("seed_spans"), {"day": day, "spans": a_day, "first": number * a_day})
        store.execute(_statement("seed_scores"), {"day": day})
        store.execute(_statement("seed_trace_times"), {"day": day})
        rollup.touch(("default", minute) for minute in _minutes(day))
        rollup.refresh()
        done.touch()
    store.close()


def _count_hours(data: Path) -> None:
    """Brings the store to the newest schema, and counts the hours, quarters and days that are missing or old."""
    store = Store(f"chdb://{data}/store")
    migrate(store)
    ScoreHours(store).refresh()
    rollup = Rollup(store, share=1.0)
    rollup.start()
    while store.query(load("spanhouse_collector.ingest.sql", "stale_hours")):
        rollup.refresh()
    rollup.stop()
    coarse.Merger(store, coarse.QUARTERS).refresh()
    coarse.Merger(store, coarse.DAYS).refresh()
    store.close()


def _minutes(day: datetime) -> Iterable[datetime]:
    return (day + timedelta(minutes=minute) for minute in range(24 * 60))


def _statement(name: str) -> Query:
    return Query(name=name, text=files("tests.bench").joinpath(f"{name}.sql").read_text(encoding="utf-8"))
