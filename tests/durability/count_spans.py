"""Prints how many spans of the default project a stopped service has stored, as one JSON object. Takes the data folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_collector.storage import Store, load


def main(data: Path) -> None:
    store = Store(f"chdb://{(data / 'store').resolve()}")
    (counts,) = store.query(load("tests.otlp.sql", "agreement"), {"project": DEFAULT_PROJECT})
    print(json.dumps(counts))
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
