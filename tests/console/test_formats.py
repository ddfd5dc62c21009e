"""Numbers as people read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from spanhouse_dashboards.console import formats
from tests.console.traffic import NOW


@pytest.mark.parametrize(
    ("value_ns", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (999, "999 ns"),
        (1_000, "1 µs"),
        (12_345_678, "12.3 ms"),
        (1_240_000_000, "1.24 s"),
        (59_949_000_000, "59.9 s"),
        (59_960_000_000, "1 m 00 s"),
        (125_000_000_000, "2 m 05 s"),
        (11_220_000_000_000, "3 h 07 m"),
        (200_000_000_000_000, "2 d 7 h"),
        (-5_000_000, "−5 ms"),
    ],
)
def test_durations(value_ns: int | None, text: str) -> None:
    assert formats.duration(value_ns) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "–"),
        (0, "$0"),
        (Decimal("0.00042"), "$0.00042"),
        (0.0000001, "$0.0000001"),
        (0.314, "$0.31"),
        (12.4, "$12.40"),
        (1240, "$1,240"),
    ],
)
def test_amounts(amount: float | None, text: str) -> None:
    assert formats.usd(amount) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0, "0"), (9_999, "9,999"), (12_340, "12.3k"), (4_560_000, "4.56M"), (2e10, "20G")]
)
def test_counts(value: float | None, text: str) -> None:
    assert formats.count(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(None, "–"), (0, "0%"), (1, "100%"), (0.128, "12.8%"), (0.0004, "0.04%"), (0.5, "50%")]
)
def test_shares(share: float | None, text: str) -> None:
    assert formats.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (5, "5 s ago"), (90, "1 min ago"), (7_200, "2 h ago"), (3 * 86_400, "3 d ago"), (-60, "in 1 min")],
)
def test_distances_in_time(seconds: int, text: str) -> None:
    assert formats.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_sizes_and_structures() -> None:
    assert [formats.size(value) for value in (None, 900, 2_048, 3 * 2**20)] == ["–", "900 B", "2 KiB", "3 MiB"]
    assert formats.pretty('{"a":[1,"é"]}') == '{\n  "a": [\n    1,\n    "é"\n  ]\n}'
    assert formats.pretty("{not json") == "{not json"
