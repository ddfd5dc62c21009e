"""The pytest fixture ``spanhouse_capture``, registered by the entry point ``pytest11``."""

from collections.abc import Iterator

import pytest

from spanhouse import testing


@pytest.fixture
def spanhouse_capture() -> Iterator[testing.Captured]:
    """Catches the spans and scores of one test in memory, with counting ids and a stepped clock."""
    with testing.capture() as captured:
        yield captured
