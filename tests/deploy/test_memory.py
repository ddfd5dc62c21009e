"""Giving back what only starting needed: memory goes, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanhouse_collector.storage import Query, Store
from spanhouse_server.memory import release_startup_code


def _file_pages_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssFile:"))


@pytest.mark.store
def test_the_engine_works_on_after_its_code_was_given_back(store: Store) -> None:
    asked = Query(name="work", text="SELECT sum(cityHash64(toString(number)) % 7) AS total FROM numbers(100000)")
    before = store.query(asked)
    held_kb = _file_pages_kb()
    release_startup_code()
    assert _file_pages_kb() < held_kb - 20_000
    assert store.query(asked) == before
