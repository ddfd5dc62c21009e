"""A text as it reads once escapes in it are undone, and where each part of that stands in the text itself.

Escapes of JSON in text that is no JSON as a whole (cut off, or quoted in prose), at any level of JSON in JSON, and ASCII
written as %40 in a URL.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_ESCAPE = re.compile(r"%(?:25)*([2-7][0-9A-Fa-f])|\\+u00([2-7][0-9A-Fa-f])|\\+([nrtbf/\"'])")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Unescaped:
    """The text without escapes; `is_same` if it has none."""

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        # Where pieces begin, here and in the text, and where they end in it; one piece is an escape or what lies between two.
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        size = position = 0
        for match in _ESCAPE.finditer(text):
            for piece, start, end in (
                (text[position : match.start()], position, match.start()),
                (_meaning(match), match.start(), match.end()),
            ):
                if piece:
                    pieces.append(piece)
                    self._starts.append(size)
                    self._places.append((start, end))
                    size += len(piece)
            position = match.end()
        self._starts.append(size)
        self._places.append((position, len(text)))
        self.is_same = position == 0
        self.text = "".join((*pieces, text[position:]))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end` (behind the last one) stand in the text."""
        return self._outline(start)[0], self._outline(end - 1)[1]

    def _outline(self, index: int) -> tuple[int, int]:
        piece = bisect_right(self._starts, index) - 1
        start, end = self._places[piece]
        offset = index - self._starts[piece]
        is_escape = piece + 1 < len(self._starts) and end - start > self._starts[piece + 1] - self._starts[piece]
        return (start, end) if is_escape else (start + offset, start + offset + 1)


def _meaning(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _CONTROLS.get(match[3], match[3])
