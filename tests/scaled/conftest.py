"""A ClickHouse server for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clickhouse_server.process import ClickHouseProcess


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouseProcess]:
    """An empty server, running."""
    process = ClickHouseProcess(tmp_path / "clickhouse")
    process.start()
    yield process
    process.kill()
