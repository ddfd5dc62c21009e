"""Regular expressions in RE2's syntax, whose time grows with the text alone; the one file that imports re2."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from spanhouse_collector.errors import InvalidSettings

# What a plain expression is made of: ASCII that JSON never has to escape, classes of it, groups and repetition. No anchor,
# no negation and no dot, which could mean a character that is written in another way inside JSON.
_PLAIN = re.compile(
    r"(?:\\[bdw.+_-]|\[[A-Za-z0-9_ :=,@#~+.-]+\]|[A-Za-z0-9_ :=,@#~;!<>&-]|\(\?:|\(\?i\)|[()|?+*]|\{[0-9]+(?:,[0-9]*)?\})*"
)


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


def hint(expression: str) -> str | None:
    """What a scan over raw bytes looks for instead of this expression; None if only the text itself can tell."""
    return expression.replace(r"\b", "") if _PLAIN.fullmatch(expression) else None
