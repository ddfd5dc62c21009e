"""Regular expressions in RE2's syntax, whose time grows with the text alone; the one file that imports re2.

A scan over raw bytes says whether text in them MAY match. It may say yes too often and never no where a match is: so an
expression may take part in it only if everything it matches stands in the bytes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import re2

from spanhouse_collector.errors import InvalidSettings

# What a plain expression is made of: ASCII that JSON never has to escape, classes of it, groups and repetition. No anchor,
# no negation and no dot, which could mean a character that is written in another way inside JSON.
_PLAIN = re.compile(
    r"(?:\\[bdw.+_-]|\[[A-Za-z0-9_ :=,@#~+.-]+\]|[A-Za-z0-9_ :=,@#~;!<>&-]|\(\?:|\(\?i\)|[()|?+*]|\{[0-9]+(?:,[0-9]*)?\})*"
)
# ASCII written in another way: by JSON (the number of backslashes tells the level of JSON in JSON) or in a URL.
_HIDDEN_ASCII = r"\\u00[2-7][0-9A-Fa-f]|%[2-7][0-9A-Fa-f]|%25"


class Pattern:
    """One expression. Raises InvalidSettings if it is none, or matches the empty text."""

    def __init__(self, expression: str) -> None:
        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled = re2.compile(expression, options)
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else error
            raise InvalidSettings(f"{expression!r} is no regular expression ({reason}); write it in RE2's syntax") from None
        if self._compiled.fullmatch(""):
            raise InvalidSettings(f"{expression!r} matches the empty text; write what it shall find")
        self._group = 1 if self._compiled.groups else 0

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it is found: of the first group if there is one, else of the whole match."""
        for match in self._compiled.finditer(text):
            start, end = match.span(self._group)
            if start < end:
                yield start, end

    def is_in(self, text: str) -> bool:
        """Whether it is found anywhere."""
        return self._compiled.search(text) is not None

    def is_all_of(self, text: str) -> bool:
        """Whether it matches the text from its beginning to its end."""
        return self._compiled.fullmatch(text) is not None


class Scan:
    """Many expressions in one pass over bytes, about a nanosecond a byte; None among them hits everything."""

    def __init__(self, hints: Sequence[str | None]) -> None:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        known = {index: hint for index, hint in enumerate(hints) if hint is not None}
        self._unknown = [index for index in range(len(hints)) if index not in known]
        self._all = range(len(hints))
        self._compiled = re2.compile("|".join(f"(?:{hint})" for hint in (*known.values(), _HIDDEN_ASCII)).encode(), options)
        self._set = re2.Set.SearchSet(options)
        self._indexes = list(known)
        for index in self._indexes:
            self._set.Add(known[index].encode())
        self._set.Compile()

    def hits(self, data: bytes) -> bool:
        """Whether any text in the data may match."""
        if self._unknown or not self._indexes:
            return bool(self._unknown)
        return self._compiled.search(data) is not None

    def which(self, data: bytes) -> Sequence[int]:
        """The indexes of the hints that are in the data; all of them if that cannot be told."""
        found = self._set.Match(data) if self._indexes else []
        # A set that runs out of memory finds nothing, where an expression of its own finds another way.
        if not found and self.hits(data) and not self._unknown:
            return self._all
        return sorted([*self._unknown, *(self._indexes[place] for place in found or ())])


def hint(expression: str) -> str | None:
    """What to look for in raw bytes instead of this expression; None if only the text itself can tell."""
    return expression.replace(r"\b", "") if _PLAIN.fullmatch(expression) else None
