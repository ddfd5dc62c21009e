"""The store and the journal of a service that does not run, looked at directly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import Store, load
from spanhouse_collector.storage import status as migrations
from spanhouse_server.health.verdict import Verdict, failed, ok, warning
from spanhouse_server.settings import Settings


def verdicts(settings: Settings) -> Iterator[Verdict]:
    """Journal, then store, migrations and data."""
    yield _journal(settings.data / "journal")
    if settings.store_url.startswith("chdb://") and not Path(settings.store_url.removeprefix("chdb://")).exists():
        yield ok("store", "there is no store yet; `spanhouse serve` makes it")
        return
    try:
        store = Store(settings.store_url, database=settings.database, cluster=settings.cluster)
    except SpanhouseError as error:
        yield failed("store", f"{error}; give this command the ports of a service that runs")
        return
    try:
        yield from store_verdicts(store)
    except SpanhouseError as error:
        yield failed("store", str(error))
    finally:
        store.close()


def store_verdicts(store: Store) -> Iterator[Verdict]:
    """What a store says that can be asked directly."""
    yield ok("store", f"the store opens and its database is {store.database}")
    states = [migration.state for migration in migrations(store)]
    if "changed" in states:
        yield failed("migrations", "a migration was applied and has changed since; install the version that applied it")
        return
    if "pending" in states:
        pending = states.count("pending")
        yield warning("migrations", f"{pending} of {len(states)} migrations are pending; `spanhouse migrate` applies them")
        return
    yield ok("migrations", f"all {len(states)} migrations are applied")
    (row,) = store.query(load("spanhouse_server.sql", "store_health"))
    yield _dead_letters(row["dead_letters"], row["last_reason"])
    yield unpriced(row["unpriced"])
    yield last_span(row["last_received"] if row["spans"] else None)


def _dead_letters(count: int, reason: str) -> Verdict:
    """How many requests the store refused for good."""
    if not count:
        return ok("dead letters", "the store has refused no request")
    return warning("dead letters", f"the store has refused {count} requests, the newest because: {reason}; see dead_letters")


def unpriced(models: list[str]) -> Verdict:
    """Which models have usage and no price."""
    if not models:
        return ok("prices", "every model with usage has a price")
    return warning("prices", f"no price is known for {', '.join(models)}; their cost is missing from every total")


def last_span(received: datetime | None) -> Verdict:
    """When the last span came."""
    if received is None:
        return warning("last span", "no span was ever stored; point an exporter at the OTLP port or run `spanhouse demo`")
    age_s = (datetime.now(UTC) - received.astimezone(UTC)).total_seconds()
    return ok("last span", f"the last span came {_ago(age_s)} ago, at {received:%Y-%m-%d %H:%M:%S} UTC")


def _journal(directory: Path) -> Verdict:
    size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) if directory.exists() else 0
    if size:
        return warning("journal", f"{size} acknowledged bytes wait for the store; `spanhouse serve` moves them there")
    return ok("journal", "nothing waits in the journal")


def _ago(age_s: float) -> str:
    for length_s, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if age_s >= 2 * length_s:
            return f"{age_s / length_s:.0f} {unit}"
    return f"{max(age_s, 0):.0f} seconds"
