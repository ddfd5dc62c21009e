"""A scan over bytes may say yes too often, and never no where an expression is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_collector.redaction.detectors import PERSONAL, SECRETS
from spanhouse_collector.redaction.patterns import hint
from spanhouse_collector.redaction.scan import Scan

_DETECTORS = [expression for one in (*SECRETS, *PERSONAL) if (expression := one.hint or hint(one.expression))]
# As a project might write them: too large for an exact automaton, of a class that others read as a name, empty without its \b.
_OWN = [r"ID-[0-9]{20,900}-[a-z]{3,400}", "x[:ab:]y", r"\bq*\b", "(?i)kunde ?nr", r"[A-Z]{3}\d{4}"]
_HINTS = [*_DETECTORS, *(found for one in _OWN if (found := hint(one)) is not None)]
_SCAN = Scan(_HINTS)


def _latin1() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options


_COMPILED = [re2.compile(one.encode(), _latin1()) for one in _HINTS]
_matching = st.one_of(*(st.from_regex(one.encode()) for one in _HINTS))


@given(parts=st.lists(st.one_of(st.binary(max_size=40), _matching), max_size=6))
def test_whatever_is_there_is_seen(parts: list[bytes]) -> None:
    data = b" ".join(parts)
    there = {index for index, compiled in enumerate(_COMPILED) if compiled.search(data)}
    assert there <= set(_SCAN.which(data))
    assert not there or _SCAN.hits(data)


@pytest.mark.parametrize("data", [b"", b"nothing of the kind", "höher als 3,5 %".encode(), bytes(range(33))])
def test_what_is_not_there_is_not_seen(data: bytes) -> None:
    scan = Scan(_DETECTORS)
    assert not scan.hits(data)
    assert list(scan.which(data)) == []


def test_threads_scan_side_by_side() -> None:
    data = b"x" * 1_000_000 + b" sk-abcdefghij0123456789xyz"
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: _SCAN.hits(data) and _SCAN.which(data) == _SCAN.which(data[-40:]), range(64)))
