"""Four weeks of two services, made by chance from a fixed seed, in which every shipped rule has a number to read at noon.

Another project has the same again, slower, dearer and failing: whoever counts it in reads other numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from spanhouse_collector.storage import Store
from tests.dashboards.seeds import NOON, Row, call, drift, metric, score, store_calls, store_rows

WEEK_MINUTES = 7 * 24 * 60
DAY_MINUTES = 24 * 60
#: How long a service that is busy all day has been silent, and how far its evaluator lies behind, in minutes.
SILENT_MINUTES = 47
UNJUDGED_MINUTES = 33
#: When the scores of one service fell, and by how much.
FALL_MINUTES = 40
FALL = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Its rows, those of the other project left out."""

    calls: list[Row]
    scores: list[Row]
    measurements: list[Row]
    dead_letters: list[Row]
    points: list[Row]
    logs: list[Row]


def make_world() -> World:
    """The rows of it, the same each time."""
    chance = random.Random(11)
    return World(
        calls=[_call(chance, number, minutes_ago=at) for number, at in enumerate(_moments(chance))] + _batches(),
        scores=list(_scores(chance)),
        measurements=[drift(minutes_ago=ago, **columns) for ago, columns in _WINDOWS],
        dead_letters=[_dead_letter(ago, signal) for ago, signal in _REFUSED],
        points=[_rejected(ago, value) for ago, value in ((3, 4.0), (8, 2.0), (15, 100.0))],
        logs=[_dropped(ago, count) for ago, count in ((2, "7"), (7, "30"), (19, "500"))],
    )


def store_world(store: Store, world: World) -> None:
    """Stores it, and the other project."""
    worse = {"project": "bank", "duration_ns": 90_000_000_000, "status_code": "Error", "cost_usd": Decimal(9)}
    calls = [row for row in world.calls if row["start_time"] > NOON - timedelta(hours=2)]
    store_calls(store, [*world.calls, *({**row, **worse} for row in calls)])
    store_rows(store, "scores", [*world.scores, *({**row, "project": "bank", "value": 0.0} for row in world.scores)])
    for table in ("measurements", "dead_letters", "points", "logs"):
        rows: list[Row] = getattr(world, table)
        store_rows(
            store, "metrics_points" if table == "points" else table, [*rows, *({**row, "project": "bank"} for row in rows)]
        )


def _moments(chance: random.Random) -> Iterator[float]:
    """When calls began, in minutes before noon: many in the last hour, some through its day, and that hour of four weeks."""
    yield from (chance.uniform(0.01, 60) for _ in range(1_400))
    yield from (chance.uniform(60, 2 * DAY_MINUTES) for _ in range(4_000))
    for week in range(1, 5):
        yield from (week * WEEK_MINUTES + chance.uniform(0.01, 59) for _ in range(chance.randrange(150, 700)))


def _call(chance: random.Random, number: int, *, minutes_ago: float) -> Row:
    is_streamed = chance.random() < 0.7
    return call(
        number,
        minutes_ago=minutes_ago,
        service=chance.choice(("support", "search")),
        response_model=chance.choice(("small", "large")),
        kind="embedding" if chance.random() < 0.05 else "llm",
        status_code="Error" if chance.random() < 0.12 else "Ok",
        duration_ns=int(chance.lognormvariate(1.6, 0.7) * 1e9),
        time_to_first_chunk_ns=int(chance.lognormvariate(0.5, 0.6) * 1e9) if is_streamed else None,
        cost_usd=Decimal(chance.randrange(1, 900)) / 1000 if chance.random() < 0.9 else None,
    )


def _batches() -> list[Row]:
    """A call each minute of two days, until it went silent."""
    minutes = range(SILENT_MINUTES, 2 * DAY_MINUTES)
    return [call(100_000 + n, minutes_ago=n, service="batch", time_to_first_chunk_ns=None) for n in minutes]


def _scores(chance: random.Random) -> Iterator[Row]:
    for number in range(3_000):
        ago = chance.uniform(0.01, 2 * DAY_MINUTES)
        service = chance.choice(("support", "search"))
        level = 0.85 - (FALL if service == "support" and ago < FALL_MINUTES else 0)
        value = min(1.0, max(0.0, level + chance.uniform(-0.1, 0.1)))
        release = chance.choice(("1", "2"))
        yield score(number, minutes_ago=ago, service=service, release=release, value=value)
    for number in range(40):
        late = UNJUDGED_MINUTES + 3.0 * number
        yield score(9_000 + number, minutes_ago=late, name="tone", evaluator="tone", value=0.5)
        failed = {"status": "failed", "value": None, "reason": "endpoint"}
        yield score(9_500 + number, minutes_ago=number / 2 + 0.1, name="tone", evaluator="tone", **failed)


_WINDOWS: tuple[tuple[float, Row], ...] = (
    (170, {"value": 0.9, "alarm": True}),
    (110, {"value": 0.4, "alarm": True}),
    (50, {"value": 0.3, "alarm": True}),
    (110, {"segment": {"service": "search"}, "value": 0.6, "alarm": True}),
    (50, {"segment": {"service": "search"}, "value": 0.5}),
    (110, {"name": "topics", "segment": {}, "value": 0.25, "alarm": True}),
    (50, {"name": "topics", "segment": {}, "value": 0.35, "alarm": True}),
)
_REFUSED = ((2, "traces"), (4, "traces"), (6, "logs"), (25, "metrics"))


def _dead_letter(minutes_ago: float, signal: str) -> Row:
    at = NOON - timedelta(minutes=minutes_ago)
    return {"project": "shop", "failed_at": at, "received_at": at, "signal": signal, "reason": "malformed", "body": ""}


def _rejected(minutes_ago: float, value: float) -> Row:
    attributes = {"signal": "traces", "reason": "no trace id"}
    return metric("spanhouse.items.rejected", value, minutes_ago=minutes_ago, attributes=attributes)


def _dropped(minutes_ago: float, count: str) -> Row:
    attributes = {"spanhouse.sdk.signal": "spans", "spanhouse.sdk.reason": "full", "spanhouse.sdk.count": count}
    at = NOON - timedelta(minutes=minutes_ago)
    return {
        "project": "shop",
        "time": at,
        "observed_time": at,
        "event_name": "spanhouse.sdk.dropped",
        "attributes": attributes,
        "record_hash": int(count),
    }
