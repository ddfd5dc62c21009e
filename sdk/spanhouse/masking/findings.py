"""Where in a text something stands that must not leave. Knows detectors and expressions; knows no keys and no marks."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from spanhouse.masking.detectors import GROUPS, PERSONAL, SECRETS, Detector
from spanhouse.masking.rules import Rules, expression
from spanhouse.masking.turns import give_turn

BLOCKED_VALUE: Final = "blocked_value"
_LONGEST: Final = 64  # a candidate up to so long that was none may have swallowed the beginning of a real one
_WINDOW: Final = 4_096  # characters; a search holds every thread of the process until it is over, this one about 0.3 ms
_SEPARATOR: Final = re.compile(r"[^A-Za-z0-9]")
# Escapes of JSON in text that is none as a whole (cut off, or quoted in prose), and ASCII written as %40 in a URL.
_ESCAPE: Final = re.compile(r"%(?:25)*([2-7][0-9A-Fa-f])|(?<!\\)\\++(?:u00([2-7][0-9A-Fa-f])|([nrtbf/\"']))")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One stretch of a text, and the rule that found it."""

    start: int
    end: int
    rule: str


class Finder:
    """Looks for what the rules name."""

    def __init__(self, rules: Rules) -> None:
        names = detector_names(rules)
        self._detectors = [detector for detector in (*SECRETS, *PERSONAL) if detector.name in names]
        self._detectors += [Detector(name=BLOCKED_VALUE, expression=expression(found)) for found in rules.blocked_values]
        self._allowed = [expression(pattern) for pattern in rules.allowed_values]

    def find(self, text: str) -> list[Finding]:
        """What is found, escapes undone; in order, none overlapping another."""
        found = list(self._all(text))
        if "%" in text or "\\" in text:
            plain, places = _unescaped(text)
            if plain != text:
                found += [Finding(places.at(one.start)[0], places.at(one.end - 1)[1], one.rule) for one in self._all(plain)]
        return _merged(one for one in found if not any(allowed.fullmatch(text, one.start, one.end) for allowed in self._allowed))

    def _all(self, text: str) -> Iterator[Finding]:
        small = text.lower()
        for detector in self._detectors:
            give_turn()
            if not detector.needles or any(needle in small for needle in detector.needles):
                yield from _found(detector, text)


class _Places:
    """Where the characters of an unescaped text stand in the original; one piece is an escape, or what lies between two."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[tuple[int, int, bool]] = []

    def add(self, start: int, piece: tuple[int, int, bool]) -> None:
        """A piece from its start in the unescaped text: its start and end in the original, and whether it is an escape."""
        self._starts.append(start)
        self._pieces.append(piece)

    def at(self, index: int) -> tuple[int, int]:
        """Start and end of one character in the original."""
        number = bisect_right(self._starts, index) - 1
        start, end, is_escape = self._pieces[number]
        offset = start + index - self._starts[number]
        return (start, end) if is_escape else (offset, offset + 1)


def detector_names(rules: Rules) -> frozenset[str]:
    """The detectors that are asked for, groups resolved."""
    return frozenset(name for given in rules.detectors for name in GROUPS.get(given, {given}))


def _unescaped(text: str) -> tuple[str, _Places]:
    pieces: list[str] = []
    places = _Places()
    size = position = 0
    for match in _ESCAPE.finditer(text):
        give_turn()
        code = match[1] or match[2]
        meaning = chr(int(code, 16)) if code else _CONTROLS.get(match[3], match[3])
        between = text[position : match.start()]
        if between:
            places.add(size, (position, match.start(), False))
        places.add(size + len(between), (match.start(), match.end(), True))
        pieces += [between, meaning]
        size += len(between) + 1
        position = match.end()
    places.add(size, (position, len(text), False))
    return "".join((*pieces, text[position:])), places


def _found(detector: Detector, text: str) -> Iterator[Finding]:
    group = 1 if detector.expression.groups else 0
    position = 0
    while match := _search(detector, text, position=position):
        start, end = match.span(group)
        taken = detector.accepts(text[start:end])
        if taken:
            yield Finding(start, start + taken, detector.name)
        position = max(start + taken, match.end(), position + 1)
        if taken < end - start <= _LONGEST:
            following = _SEPARATOR.search(text, start + max(taken, 1), end)
            position = following.start() if following else position


def _search(detector: Detector, text: str, *, position: int) -> re.Match[str] | None:
    """What ``detector.expression.search(text, position)`` finds, looked for in one window after another.

    In a window everything is found as in the whole text, but for what begins or ends so near to its end that the expression
    could have looked beyond: that is left to the next window, or to a larger one where it is longer than a window.
    """
    reach, window = detector.reach, _WINDOW
    while reach is not None and (end := position + window + 2 * reach) < len(text):
        give_turn()
        match = detector.expression.search(text, position, end)
        if match is None or match.start() >= end - 2 * reach:
            position, window = end - 2 * reach, _WINDOW
        elif match.end() <= end - reach:
            return match
        else:
            position, window = match.start(), 2 * (end - match.start())
    give_turn()
    return detector.expression.search(text, position)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    merged: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        last = merged[-1] if merged else None
        if last is None or finding.start >= last.end:
            merged.append(finding)
        elif finding.end > last.end:
            merged[-1] = Finding(last.start, finding.end, last.rule)
    return merged
