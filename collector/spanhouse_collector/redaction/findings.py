"""Where in a text something is that must not be stored, by the rules of one project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from spanhouse_collector.redaction.budget import Budget
from spanhouse_collector.redaction.detectors import GROUPS, PERSONAL, SECRETS
from spanhouse_collector.redaction.hidden import Unescaped
from spanhouse_collector.redaction.patterns import Pattern, hint
from spanhouse_collector.redaction.rules import Rules
from spanhouse_collector.redaction.scan import Scan

#: Name under which what `blocked_values` finds is marked and counted.
BLOCKED_VALUE = "blocked_value"
# A candidate that was none may have swallowed the beginning of a real one, which reaches no further than this behind it.
_LONGEST = 64
_SEPARATOR = re.compile(r"[^A-Za-z0-9]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One stretch of a text, and the name of the rule that found it."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One expression with what it is looked for by and what makes a candidate the real thing."""

    name: str
    pattern: Pattern
    hint: str | None
    accepts: Callable[[str], int]

    def find(self, text: str, budget: Budget) -> Iterator[Finding]:
        """Everything this rule finds. Raises TimeoutError."""
        for start, end in self.pattern.spans(text):
            budget.check()
            taken = self.accepts(text[start:end])
            if taken:
                yield Finding(start=start, end=start + taken, rule=self.name)
            if taken == end - start:
                continue
            next_word = _SEPARATOR.search(text, start + max(taken, 1), end)
            if next_word:
                rest = text[next_word.start() : end + _LONGEST]
                for finding in self.find(rest, budget):
                    yield Finding(start=next_word.start() + finding.start, end=next_word.start() + finding.end, rule=self.name)


class Finder:
    """The rules over values that a project has. `further_hints` is what else makes a message worth a look."""

    def __init__(self, rules: Rules, *, further_hints: Sequence[str | None]) -> None:
        self._rules = tuple(_rules(rules))
        self._allowed = tuple(map(Pattern, rules.allowed_values))
        self._scan = Scan([*(rule.hint for rule in self._rules), *further_hints])

    def may_find(self, data: bytes) -> bool:
        """Whether there may be anything in the data; False means that there is not."""
        return self._scan.hits(data)

    def find(self, text: str, budget: Budget) -> list[Finding]:
        """What the rules find in a text, escapes in it undone; in order, none overlapping another. Raises TimeoutError."""
        if not text.isascii():
            # A lone surrogate has no UTF-8 form; another character in its place leaves all others where they are.
            text = _SURROGATE.sub("\ufffd", text)
        found = self._all(text, budget)
        unescaped = Unescaped(text)
        if not unescaped.is_same:
            for hidden in self._all(unescaped.text, budget):
                start, end = unescaped.place(hidden.start, hidden.end)
                found.append(Finding(start=start, end=end, rule=hidden.rule))
        allowed = self._allowed
        return _merged(one for one in found if not any(pattern.is_all_of(text[one.start : one.end]) for pattern in allowed))

    def _all(self, text: str, budget: Budget) -> list[Finding]:
        worth_it = [index for index in self._scan.which(text.encode()) if index < len(self._rules)]
        return [finding for index in worth_it for finding in self._rules[index].find(text, budget)]


def _rules(rules: Rules) -> Iterator[Rule]:
    names = detector_names(rules)
    for detector in (*SECRETS, *PERSONAL):
        if detector.name in names:
            expression = detector.expression
            yield Rule(
                name=detector.name,
                pattern=Pattern(expression),
                hint=detector.hint or hint(expression),
                accepts=detector.accepts,
            )
    for expression in rules.blocked_values:
        yield Rule(name=BLOCKED_VALUE, pattern=Pattern(expression), hint=hint(expression), accepts=len)


def detector_names(rules: Rules) -> frozenset[str]:
    """The detectors of a project, with its groups resolved."""
    return frozenset(name for given in rules.detectors for name in GROUPS.get(given, {given}))


def _merged(found: Iterable[Finding]) -> list[Finding]:
    merged: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        last = merged[-1] if merged else None
        if last is None or finding.start >= last.end:
            merged.append(finding)
        elif finding.end > last.end:
            merged[-1] = Finding(start=last.start, end=finding.end, rule=last.rule)
    return merged
