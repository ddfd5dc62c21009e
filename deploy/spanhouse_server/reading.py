"""The store for a command that only reads, also beside the service that has the embedded store open.

One process may open an embedded store. Where a service has it, its ClickHouse port gives what there is of the key's project.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spanhouse_collector.errors import InvalidRequest, NotFound, StoreUnavailable
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_collector.storage import Store

_SQL = "spanhouse_server.sql"
#: The settings that `open_for_reading` needs.
SETTINGS = ("data", "store", "database", "host", "http_port", "clickhouse_port")


def add_key(parser: argparse.ArgumentParser) -> None:
    """Adds the option `--key`."""
    parser.add_argument("--key", default="", help="a key for reading, to ask a running service that has keys")


def open_for_reading(settings: Settings, options: Mapping[str, Any]) -> Store:
    """The store of these settings, to be closed; `options` name a `key` and the `project` that is asked for.

    Raises NotFound if there is no store yet, StoreUnavailable if another process has the embedded store and no service answers,
    or not on that port, InvalidRequest if the service shows another project.
    """
    from spanhouse_collector.storage import Store, is_taken
    from spanhouse_server.health import running

    place = settings.store_url
    folder = Path(place.removeprefix("chdb://")) if place.startswith("chdb://") else None
    if folder is not None and not folder.exists():
        raise NotFound(f"there is no store in {str(folder)!r}; give --data of the service that has one")
    if folder is None or not is_taken(folder):
        return _with_tables(Store(place, database=settings.database, cluster=settings.cluster))
    key = options["key"]
    service = running.find(settings, key)
    if service is None:
        problem = f"another process has the embedded store, and no service answers on port {settings.http_port}"
        raise StoreUnavailable(f"{problem}; give its --http-port", retry_after_s=2)
    shown = service.project()
    if shown != options["project"]:
        raise InvalidRequest(f"the service shows project {shown!r}; give --key with a key of {options['project']!r}")
    user = f"default:{quote(key, safe='')}@" if key else ""
    store = Store(f"http://{user}{service.host}:{settings.clickhouse_port}", database=settings.database, read_only=True)
    try:
        store.clock_ms()
    except StoreUnavailable as error:
        problem = f"a service answers on port {settings.http_port}, and its store does not on port {settings.clickhouse_port}"
        raise StoreUnavailable(f"{problem}; give its --clickhouse-port", retry_after_s=2) from error
    return store


def _with_tables(store: Store) -> Store:
    """The store itself. Raises NotFound, and closes it, if it has no table of spans."""
    from spanhouse_collector.storage import load

    if not store.query(load(_SQL, "spans_table")):
        store.close()
        raise NotFound(f"database {store.database!r} of this store has no spans; `spanhouse migrate` makes its tables")
    return store
