"""Rules that read more than one attribute's text: members of JSON, numbered families, events, sums.

Each function makes a rule for a dialect's table. Must not know any dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spanhouse_collector.ingest.dialects import messages, reading
from spanhouse_collector.ingest.dialects.dialect import Event, Make, Read, Source


def member(key: str, *path: str, read: Read | None = None) -> Make:
    """A member of an attribute that holds a JSON object, by its path."""

    def build(source: Source) -> str:
        value = source.decoded(key)
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        found = reading.text(value)
        return read(found) if read and found else found

    return Make(build, (key,))


def total(key: str, *, of: Callable[[str], bool], base: tuple[str, ...] = ()) -> Make:
    """The sum of an object's numbers whose names are of a kind; nothing without any of them (of `base` if that is given)."""

    def build(source: Source) -> str:
        value = source.decoded(key)
        if not isinstance(value, dict):
            return ""
        found = {name: count for name, given in value.items() if of(name) and (count := reading.number(given)) is not None}
        if not found or (base and not any(name in found for name in base)):
            return ""
        return repr(sum(found.values()))

    return Make(build, (key,))


def added(first: str, *more: str) -> Make:
    """An attribute's number with others that it leaves out; nothing without the first."""

    def build(source: Source) -> str:
        base = reading.number(source.attributes.get(first, ""))
        if base is None:
            return ""
        return repr(base + sum(reading.number(source.attributes.get(key, "")) or 0 for key in more))

    return Make(build, (first,))


def summed(*keys: str) -> Make:
    """The sum of the attributes that are there."""

    def build(source: Source) -> str:
        found = [count for key in keys if (count := reading.number(source.attributes.get(key, ""))) is not None]
        return repr(sum(found)) if found else ""

    return Make(build, keys)


def chat(key: str, role: str, *, only_messages: bool = False) -> Make:
    """Messages from an attribute that holds them as JSON, or that is what was said."""

    def build(source: Source) -> str:
        text = source.attributes.get(key, "")
        if not text:
            return ""
        value = source.decoded(key)
        said = text if value is None else value
        return reading.encoded(messages.held(said, role) if only_messages else messages.messages(said, role))

    return Make(build, (key,))


def chat_family(prefix: str, role: str, *, unwrapped: Callable[[Any], Any] = lambda item: item) -> Make:
    """Messages from a numbered family."""

    def build(source: Source) -> str:
        items = [unwrapped(item) for item in source.family(prefix)]
        return reading.encoded([messages.message(item, role) for item in items if isinstance(item, dict)])

    return Make(build)


def list_family(prefix: str, item: Callable[[Any], Any]) -> Make:
    """A JSON array from a numbered family; items that `item` turns into None are left out."""

    def build(source: Source) -> str:
        found = (item(one) for one in source.family(prefix))
        return reading.encoded([one for one in found if one is not None])

    return Make(build)


def said_in(keys: Mapping[str, str], convert: Callable[[Mapping[str, Any]], Any]) -> Make:
    """One value from several attributes, each known by a name of its own; nothing if none of them is there."""

    def build(source: Source) -> str:
        found = {name: source.attributes[key] for name, key in keys.items() if source.attributes.get(key)}
        return reading.encoded(convert(found)) if found else ""

    return Make(build, tuple(keys.values()))


def first_event_s(*names: str) -> Make:
    """Seconds from the span's start to the first of its events of these names."""

    def build(source: Source) -> str:
        times = [event.time_ns for event in source.events if event.name in names]
        return repr((min(times) - source.start_ns) / 1e9) if times else ""

    return Make(build)


def instant_s(key: str) -> Make:
    """Seconds from the span's start to the instant that an attribute names."""

    def build(source: Source) -> str:
        found = reading.instant_ns(source.attributes.get(key, ""))
        return "" if found is None else repr((found - source.start_ns) / 1e9)

    return Make(build, (key,))


def event_attribute(event: str, key: str, *, read: Read | None = None) -> Make:
    """An attribute of the first event of a name that carries it."""

    def build(source: Source) -> str:
        for found in source.events:
            if found.name == event and found.attributes.get(key):
                text = found.attributes[key]
                return read(text) if read else text
        return ""

    return Make(build)


def event_chat(roles: Mapping[str, str]) -> Make:
    """Messages from events, each of one message; `roles` by the event's name."""

    def build(source: Source) -> str:
        return reading.encoded([event_message(event, roles[event.name]) for event in source.events if event.name in roles])

    return Make(build)


def event_message(event: Event, role: str) -> messages.Message:
    """The message that an event of one message carries, in its attributes or in a JSON attribute among them."""
    return body_message({key: _decoded(value) for key, value in event.attributes.items()}, role)


def body_message(body: Mapping[str, Any], role: str) -> messages.Message:
    """The message in the body of an event of one message (semantic conventions 1.27 to 1.36)."""
    inner = body.get("message")
    value: dict[str, Any] = {**body, **inner} if isinstance(inner, dict) else dict(body)
    if isinstance(inner, str | list):
        value.setdefault("content", inner)
    if role == "tool":
        # The id of a tool's message is that of the call it answers.
        value.setdefault("tool_call_id", value.get("id"))
    return messages.message({"role": role, **value}, role)


def _decoded(text: str) -> Any:
    value = reading.decoded(text)
    return text if value is None else value


def name_of(kinds: Iterable[str], *, kind: Callable[[Source], str], key: str) -> Make:
    """An attribute's text, if the span is of one of these kinds."""
    wanted = frozenset(kinds)
    return Make(lambda source: source.attributes.get(key, "") if kind(source) in wanted else "", (key,))
