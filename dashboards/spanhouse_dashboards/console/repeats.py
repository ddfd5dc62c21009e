"""Which messages of a span's events and log records its page has shown already, as the span's input or output.

Before messages were attributes, each was an event, on the span or as a record of its own; the span is given them when it is
stored, so they come twice. Must not know HTML or the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spanhouse_dashboards.console.messages import Messages, Part, read_messages

#: Kind, title and text of each part.
Shown = frozenset[tuple[str, str, str]]

# Attributes of events that hold a message or several: OpenTelemetry 1.27 to 1.36, up to 1.26, and since 1.37.
_HOLDERS = frozenset(
    {
        "content", "message", "tool_calls", "gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion",
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
    }
)  # fmt: skip


def shown_in(*lists: Messages) -> Shown:
    """The parts of the messages that are shown."""
    return frozenset(_key(part) for messages in lists for message in messages.shown for part in message.parts)


def is_shown(parts: Sequence[Part], shown: Shown) -> bool:
    """Whether there are parts, and all of them are shown."""
    return bool(parts) and all(_key(part) in shown for part in parts)


def unshown(event: str, attributes: Mapping[str, str], *, shown: Shown) -> dict[str, str]:
    """The attributes of an event of this name but for those that hold only what is shown; all of them if it is of no message."""
    if not event.startswith("gen_ai."):
        return dict(attributes)
    return {name: text for name, text in attributes.items() if name not in _HOLDERS or not _holds_only(text, shown)}


def _holds_only(text: str, shown: Shown) -> bool:
    found = read_messages(text, default_role="")
    return not found.hidden and is_shown([part for message in found.shown for part in message.parts], shown)


def _key(part: Part) -> tuple[str, str, str]:
    return part.kind, part.title, part.text
