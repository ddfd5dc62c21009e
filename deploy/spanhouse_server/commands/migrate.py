"""`spanhouse migrate`: brings the store's schema up to date, or says what that would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_server.settings import Settings


def add(subparsers: Any, add_settings: Callable[..., None]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "migrate", help="bring the store's schema up to date", description="`serve` does this at every start."
    )
    parser.add_argument("--status", action="store_true", help="list all migrations and their state")
    parser.add_argument("--dry-run", action="store_true", help="print the statements that would run")
    add_settings(parser, ("data", "store", "database", "cluster"))
    parser.set_defaults(command=_migrate)


def _migrate(settings: Settings, options: Mapping[str, Any]) -> int:
    from spanhouse_collector.storage import Store, migrate, status

    store = Store(settings.store_url, database=settings.database, cluster=settings.cluster)
    if options["status"]:
        for migration in status(store):
            print(f"{migration.state:<8} {migration.name}")
        return 0
    for migration in migrate(store, dry_run=options["dry_run"]):
        if options["dry_run"]:
            print("".join(query.text for query in store.form(migration.query)))
        else:
            print(f"applied  {migration.name}")
    return 0
