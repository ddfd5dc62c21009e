"""Bytes on disk after merges: everything a stopped server's store holds. A process of its own, which may open that store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
_BYTES = "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = currentDatabase() AND active"


def stored_bytes(data: Path) -> int:
    """Bytes of all tables in the data folder of a server that is stopped, once everything is merged."""
    answer = subprocess.run([sys.executable, "-m", "tests.bench.disk", str(data)], check=True, capture_output=True, text=True)
    return int(answer.stdout)


def _measure(data: Path) -> int:
    from spanhouse_collector.storage import Query, Store

    store = Store(f"chdb://{data}/store")
    for row in store.query(Query(name="tables", text=_TABLES)):
        store.execute(Query(name="merge", text=f"OPTIMIZE TABLE {row['name']} FINAL"))
    found = int(store.query(Query(name="bytes", text=_BYTES))[0]["bytes"])
    store.close()
    return found


if __name__ == "__main__":
    print(_measure(Path(sys.argv[1])))
