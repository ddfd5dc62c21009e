"""Translates a span: reads the tables of its dialects, and gives what they say under OpenTelemetry's newest names.

A span may speak several dialects at once; each field takes the first that says something, in the order of the dialects.
Raw attributes are not touched. Must not know any dialect's words, nor where spans come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.completion import complete
from spanhouse_collector.ingest.dialects.dialect import Dialect, Rule, Source, Take

#: What a value of a shape that nobody thought of can raise in a translation; it costs its span what one dialect says of it.
TRANSLATION_ERRORS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
#: Raised with every change of what a translation gives; stored beside it, so that older rows can be found and done again.
VERSION = 3

# OpenTelemetry's own older names, which the engine reads itself (decode_spans.sql).
_SAME = {
    names.PROVIDER: (names.PROVIDER, "gen_ai.system"),
    names.SESSION_ID: (names.SESSION_ID, "gen_ai.conversation.id"),
    names.USER_ID: (names.USER_ID, "enduser.id"),
    names.CACHE_WRITE_TOKENS: (names.CACHE_WRITE_TOKENS, "gen_ai.usage.cache_creation.input_tokens"),
}
# How parameters are called in newest conventions; the rest keep their names. What is no parameter is left out.
_PARAMETERS = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "maxTokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "reasoning_effort": "reasoning.level",
    "n": "choice.count",
    "stop": "stop_sequences",
    "stopSequences": "stop_sequences",
    "topP": "top_p",
    "topK": "top_k",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "streaming": "stream",
    "is_stream": "stream",
}
_NO_PARAMETERS = frozenset({"model", "messages", "tools", "functions", "input", "prompt", "system", "instructions", "contents"})
# A beginning is looked up by its first letters; none that a dialect declares is shorter.
HEAD_LETTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What a span's dialects say: the name of the first, and texts by canonical name; `failed`: dialects, each with its error."""

    dialect: str
    attributes: dict[str, str]
    failed: tuple[tuple[str, str], ...] = ()


class Translator:
    """Reads dialects in the order given. The first whose mark a span carries gives its dialect the name."""

    def __init__(self, dialects: tuple[Dialect, ...]) -> None:
        self._dialects = dialects
        self._readers = [_Reader(dialect) for dialect in dialects]
        self._owners: dict[str, int] = {}
        self._marks: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        for number, dialect in enumerate(dialects):
            self._index(dialect, 1 << number)
        self._named = lru_cache(maxsize=4_096)(self._scope_bits)

    def _index(self, dialect: Dialect, bit: int) -> None:
        for key in dialect.read_keys():
            self._owners[key] = self._owners.get(key, 0) | bit
        for key in () if dialect.gated else dialect.marks:
            self._marks[key] = self._marks.get(key, 0) | bit
        for prefix in () if dialect.gated else dialect.prefixes:
            if len(prefix) < HEAD_LETTERS:
                raise ValueError(f"beginning {prefix!r} of {dialect.name} is short; declare at least {HEAD_LETTERS} letters")
            self._heads[prefix[:HEAD_LETTERS]] = self._heads.get(prefix[:HEAD_LETTERS], 0) | bit

    def keys(self) -> list[str]:
        """Attributes that show that a span needs translation."""
        return sorted(self._owners)

    def heads(self) -> list[str]:
        """The first letters of attributes that show the same."""
        return sorted(self._heads)

    def scopes(self) -> list[str]:
        """Beginnings of the names of scopes whose spans need translation whatever they carry."""
        return sorted({scope for dialect in self._dialects for scope in dialect.scopes})

    def span_names(self) -> list[str]:
        """Beginnings of the names of such spans."""
        return sorted({name for dialect in self._dialects for name in dialect.span_names})

    def events(self) -> list[str]:
        """Names of events that show that a span needs translation."""
        return sorted({event for dialect in self._dialects for event in dialect.events})

    def translate(self, source: Source) -> Translation:
        """What the span says in newest names where it says it in others."""
        named = self._named(source.scope, source.name)
        marked = spoken = named
        owners, marks, heads = self._owners, self._marks, self._heads
        for key in source.attributes:
            spoken |= owners.get(key, 0) | heads.get(key[:HEAD_LETTERS], 0)
            marked |= marks.get(key, 0)
        found: dict[str, str] = {}
        failed: list[tuple[str, str]] = []
        label = ""
        for number, dialect in enumerate(self._dialects):
            bit = 1 << number
            if spoken & bit or (dialect.events and any(event.name in dialect.events for event in source.events)):
                try:
                    self._readers[number].read(source, found)
                except TRANSLATION_ERRORS as error:
                    failed.append((dialect.name, type(error).__name__))
            if marked & bit and not label:
                label = dialect.name
        try:
            complete(source.attributes, found)
        except TRANSLATION_ERRORS as error:
            failed.append((label, type(error).__name__))
        texts = {key: _storable(value) for key, value in found.items() if value}
        return Translation(dialect=label, attributes=texts, failed=tuple(failed))

    def _scope_bits(self, scope: str, name: str) -> int:
        bits = 0
        for number, dialect in enumerate(self._dialects):
            if scope.startswith(dialect.scopes) or name.startswith(dialect.span_names):
                bits |= 1 << number
        return bits


class _Reader:
    """Reads what a dialect says; fields whose attributes a span lacks cost next to nothing."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._taken = {name: _taken(rules) for name, rules in dialect.fields.items()}
        self._all_taken = frozenset(key for taken in self._taken.values() for key in taken)

    def read(self, source: Source, found: dict[str, str]) -> None:
        """Adds the fields that the span says in this dialect to those found before."""
        attributes = source.attributes
        told = self._all_taken & attributes.keys()
        for name, rules in self._dialect.fields.items():
            if (taken := self._taken[name]) and taken.isdisjoint(told):
                continue
            if name in found or (name not in self._dialect.overrides and _says(attributes, name)):
                continue
            value = _first(rules, source)
            if value:
                found[name] = value
        self._spread(source, found)

    def _spread(self, source: Source, found: dict[str, str]) -> None:
        attributes = source.attributes
        for prefix, target in self._dialect.prefixes.items():
            given = {key[len(prefix) :]: value for key, value in attributes.items() if key.startswith(prefix)}
            _spread(found, attributes, target=target, given=given)
        for key, target in self._dialect.objects.items():
            members = source.decoded(key) if key in attributes else None
            if isinstance(members, dict):
                _spread(found, attributes, target=target, given={name: reading.text(inner) for name, inner in members.items()})


def _taken(rules: tuple[Rule, ...]) -> frozenset[str]:
    """The attributes of which a field needs one; empty if its rules read more than that."""
    taken = [rule.key for rule in rules if isinstance(rule, Take)]
    return frozenset(taken) if len(taken) == len(rules) else frozenset()


def _first(rules: tuple[Rule, ...], source: Source) -> str:
    for rule in rules:
        if isinstance(rule, Take):
            value = source.attributes.get(rule.key, "")
            if value and rule.read is not None:
                value = rule.read(value)
        else:
            value = rule(source)
        if value:
            return value
    return ""


def _spread(found: dict[str, str], attributes: Mapping[str, str], *, target: str, given: Mapping[str, str]) -> None:
    """Puts members under a beginning, parameters under their newest names."""
    for name, value in given.items():
        if target == names.REQUEST_PREFIX:
            if name in _NO_PARAMETERS:
                continue
            key = target + _PARAMETERS.get(name, name)
        else:
            key = target + name
        if name and value and key not in found and not attributes.get(key):
            # Some encode every single value as JSON.
            found[key] = reading.string(value)


def _says(attributes: Mapping[str, str], name: str) -> bool:
    """Whether the span has this under OpenTelemetry's own name."""
    if name == names.KIND:
        return attributes.get(names.OPERATION, "") in names.KINDS
    return any(attributes.get(key) for key in _SAME.get(name, (name,)))


def _storable(value: str) -> str:
    """A lone surrogate, which JSON can name and UTF-8 cannot hold, becomes a question mark."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
