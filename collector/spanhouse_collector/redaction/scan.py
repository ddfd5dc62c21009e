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
        looked_for = {index: hint for index, hint in enumerate(hints) if hint is not None}
        self._hidden = len(hints)
        try:
            self._database = _compiled({**looked_for, self._hidden: _HIDDEN_ASCII})
        except hyperscan.error:
            # Few expressions of RE2's syntax are not read, such as [:a:]. They count as found everywhere.
            looked_for = {index: hint for index, hint in looked_for.items() if _is_read(hint)}
            self._database = _compiled({**looked_for, self._hidden: _HIDDEN_ASCII})
        self._unknown = [index for index in range(len(hints)) if index not in looked_for]
        self._is_empty = not looked_for
        self._of_thread = threading.local()

    def hits(self, data: bytes) -> bool:
        """Whether any text in the data may match."""
        if self._unknown or self._is_empty:
            return bool(self._unknown)
        try:
            # The first match ends the scan.
            self._scan(data, lambda *_match: True)
        except hyperscan.ScanTerminated:
            return True
        return False

    def which(self, data: bytes) -> Sequence[int]:
        """The indexes of the hints that are in the data, and of those that are not looked for."""
        found = {*self._unknown}
        if not self._is_empty:
            self._scan(data, lambda index, *_place: found.add(index))
        return sorted(found - {self._hidden})

    def _scan(self, data: bytes, on_match: Callable[..., bool | None]) -> None:
        scratch = getattr(self._of_thread, "scratch", None)
        if scratch is None:
            # What a scan works in: one for each thread, since they scan side by side.
            scratch = self._of_thread.scratch = self._database.scratch.clone()
        self._database.scan(data, match_event_handler=on_match, scratch=scratch)


def _compiled(expressions: Mapping[int, str]) -> hyperscan.Database:
    """A database of expressions by number. Raises hyperscan.error if one of them is not read."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression.encode() for expression in expressions.values()],
        ids=list(expressions),
        elements=len(expressions),
        flags=[_FLAGS] * len(expressions),
    )
    return database


def _is_read(expression: str) -> bool:
    try:
        _compiled({0: expression})
    except hyperscan.error:
        return False
    return True
