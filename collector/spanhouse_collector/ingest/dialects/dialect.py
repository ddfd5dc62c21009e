"""The form in which a dialect is written down: how it is recognised, and what stands where in it.

Must not know any dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.indexed import Families, families, family
from spanhouse_collector.ingest.dialects.reading import decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened during a span; its attributes as texts."""

    time_ns: int
    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a span says, its values as the store keeps them: texts, arrays and maps as JSON."""

    attributes: Mapping[str, str]
    scope: str = ""
    name: str = ""
    start_ns: int = 0
    events: tuple[Event, ...] = ()
    _decoded: dict[str, Any] = field(default_factory=dict)
    _families: list[Families] = field(default_factory=list)

    def decoded(self, key: str) -> Any:
        """The value of an attribute that should be JSON; None if it is absent or is not."""
        if key not in self._decoded:
            self._decoded[key] = decoded(self.attributes.get(key, ""))
        return self._decoded[key]

    def family(self, beginning: str) -> list[Any]:
        """The list that a numbered family of attributes was made from; empty if there is none."""
        if not self._families:
            self._families.append(families(self.attributes))
        members = self._families[0].get(beginning)
        return family(members) if members else []


#: Gives a canonical text; "" says nothing.
Read = Callable[[str], str]
Build = Callable[[Source], str]


@dataclass(frozen=True, slots=True)
class Take:
    """The value of one attribute, read so that it means the same under its new name."""

    key: str
    read: Read | None = None


@dataclass(frozen=True, slots=True)
class Make:
    """A rule that reads more than one attribute's text; `keys` are those it reads."""

    give: Build
    keys: tuple[str, ...] = ()

    def __call__(self, source: Source) -> str:
        return self.give(source)


Rule = Take | Make | Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One way of writing a call down.

    Recognised by any of `keys`, `scopes` and `span_names` (beginnings of names). `gated` dialects use words that others
    use too: for them a key alone proves nothing. A field takes the first of its rules that gives something.
    """

    name: str
    fields: Mapping[str, tuple[Rule, ...]]
    #: Keys that name the dialect of a span; those of the rules only show that there is something to translate.
    marks: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()
    span_names: tuple[str, ...] = ()
    #: Other keys that the rules read, the first ones of numbered families among them; and events.
    keys: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    gated: bool = False
    #: Fields that say more than what stands on the same span under OpenTelemetry's own name.
    overrides: frozenset[str] = frozenset()
    #: Everything that begins like this, under another beginning.
    prefixes: Mapping[str, str] = field(default_factory=dict)
    #: Attributes that hold a JSON object, and the beginning under which its members go.
    objects: Mapping[str, str] = field(default_factory=dict)

    def read_keys(self) -> frozenset[str]:
        """Every attribute that shows that this dialect has something to say."""
        if self.gated:
            return frozenset()
        rules = [rule for rules in self.fields.values() for rule in rules]
        taken = {rule.key for rule in rules if isinstance(rule, Take)}
        made = {key for rule in rules if isinstance(rule, Make) for key in rule.keys}
        return frozenset(taken | made | self.marks | self.keys | self.objects.keys()) - OWN_NAMES


#: OpenTelemetry's own names: what stands under them needs no translation, save what is also part of a sum that is not sent.
OWN_NAMES = frozenset(
    value
    for value in vars(names).values()
    if isinstance(value, str)
    and value.startswith(("gen_ai.", "session.", "user.", "error.", "deployment.", "service."))
    and value != names.CACHE_WRITE_1H_TOKENS
) | {"enduser.id", "gen_ai.conversation.id", "gen_ai.system", "gen_ai.usage.cache_creation.input_tokens"}
