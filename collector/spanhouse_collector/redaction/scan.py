"""A scan over raw bytes, which says whether text in them MAY match; the one file that imports hyperscan.

It may say yes too often and never no where a match is: so an expression may take part in it only if everything it matches
stands in the bytes as it is (`patterns.hint`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import hyperscan

# ASCII written in another way: by JSON (the number of backslashes tells the level of JSON in JSON) or in a URL.
_HIDDEN_ASCII = r"\\u00[2-7][0-9A-Fa-f]|%[2-7][0-9A-Fa-f]|%25"
# As a filter in front of the expressions themselves: what is too large to be looked for exactly is looked for more loosely, and
# what may be empty is everywhere.
_FLAGS = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_ALLOWEMPTY


class Scan:
    """Many expressions in one pass over bytes, about four bytes a nanosecond; None among them hits everything.

    Safe from several threads.
    """

    def __init__(self, hints: Sequence[str | None]) -> None:
        looked_for = {index: hint for index, hint in enumerate(hints) if hint is not None and _is_known(hint)}
        self._unknown = [index for index in range(len(hints)) if index not in looked_for]
        self._is_empty = not looked_for
        self._hints = _Database(looked_for)
        self._any = _Database({**looked_for, len(hints): _HIDDEN_ASCII})

    def hits(self, data: bytes) -> bool:
        """Whether any text in the data may match."""
        if self._unknown or self._is_empty:
            return bool(self._unknown)
        return self._any.has(data)

    def which(self, data: bytes) -> Sequence[int]:
        """The indexes of the hints that are in the data, and of those that are not looked for."""
        return sorted({*self._unknown, *(() if self._is_empty else self._hints.found(data))})


class _Database:
    """Compiled expressions by number."""

    def __init__(self, expressions: Mapping[int, str]) -> None:
        self._compiled = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        if expressions:
            self._compiled.compile(
                expressions=[expression.encode() for expression in expressions.values()],
                ids=list(expressions),
                elements=len(expressions),
                flags=[_FLAGS] * len(expressions),
            )
        self._of_thread = threading.local()

    def has(self, data: bytes) -> bool:
        """Whether any of them is in the data; the first match ends the scan."""
        try:
            self._scan(data, lambda *_match: True)
        except hyperscan.ScanTerminated:
            return True
        return False

    def found(self, data: bytes) -> set[int]:
        """The numbers of those that are in the data."""
        numbers: set[int] = set()
        self._scan(data, lambda number, *_place: numbers.add(number))
        return numbers

    def _scan(self, data: bytes, on_match: Callable[..., bool | None]) -> None:
        scratch = getattr(self._of_thread, "scratch", None)
        if scratch is None:
            # What a scan works in: one for each thread, since they scan side by side.
            scratch = self._of_thread.scratch = self._compiled.scratch.clone()
        self._compiled.scan(data, match_event_handler=on_match, scratch=scratch)


def _is_known(expression: str) -> bool:
    """Whether the library reads an expression of RE2's syntax; few are written differently, such as [:a:]."""
    try:
        _Database({0: expression})
    except hyperscan.error:
        return False
    return True
