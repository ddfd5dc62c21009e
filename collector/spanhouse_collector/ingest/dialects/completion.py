"""What follows from a span's kind: its operation, and whether its input and output are messages, arguments or documents.

Must not know any dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spanhouse_collector.ingest.dialects import listings, messages, names, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What went into a call, or came out of it."""

    raw: str
    messages: str
    role: str


_SIDES = (
    _Side(raw=names.INPUT, messages=names.INPUT_MESSAGES, role="user"),
    _Side(raw=names.OUTPUT, messages=names.OUTPUT_MESSAGES, role="assistant"),
)
_FOREIGN_TOOLS = ('"function":', '"input_schema":', '"inputSchema":')
_PLACES = {
    "tool": ((names.INPUT, names.TOOL_ARGUMENTS), (names.OUTPUT, names.TOOL_RESULT)),
    "retriever": ((names.INPUT, names.RETRIEVAL_QUERY), (names.OUTPUT, names.RETRIEVAL_DOCUMENTS)),
    "reranker": ((names.INPUT, names.RETRIEVAL_QUERY), (names.OUTPUT, names.RETRIEVAL_DOCUMENTS)),
}


def complete(attributes: Mapping[str, str], found: dict[str, str]) -> None:
    """Adds to a translation what follows from it. `attributes` are the span's own."""
    kind = kind_of(attributes, found)
    operation = names.OPERATIONS.get(found.get(names.KIND, ""), "")
    if operation and not attributes.get(names.OPERATION):
        found.setdefault(names.OPERATION, operation)
    if kind in ("llm", "agent"):
        for side in _SIDES:
            _converse(attributes, found, side=side, is_call=kind == "llm")
    _instruct(attributes, found)
    for raw, name in _PLACES.get(kind, ()):
        if raw in found and not found.get(name) and not attributes.get(name):
            given = found.pop(raw)
            found[name] = _query(given) if name == names.RETRIEVAL_QUERY else given
    _list(attributes, found)


def _converse(attributes: Mapping[str, str], found: dict[str, str], *, side: _Side, is_call: bool) -> None:
    """Messages from raw input or output; an agent's only where it is made of messages."""
    if side.raw not in found:
        return
    if not found.get(side.messages) and not attributes.get(side.messages):
        value = reading.decoded(found[side.raw])
        said = messages.held(value, side.role)
        if not said and is_call:
            said = messages.messages(found[side.raw] if value is None else value, side.role)
        if said:
            found[side.messages] = reading.encoded(said)
    if is_call:
        del found[side.raw]


def _list(attributes: Mapping[str, str], found: dict[str, str]) -> None:
    """Lists in one form each, and the reasons why an answer ended, where they stand with its messages only."""
    tools = found.get(names.TOOL_DEFINITIONS) or attributes.get(names.TOOL_DEFINITIONS, "")
    if any(mark in tools for mark in _FOREIGN_TOOLS):
        found[names.TOOL_DEFINITIONS] = listings.tool_definitions(tools)
    if names.RETRIEVAL_DOCUMENTS in found:
        found[names.RETRIEVAL_DOCUMENTS] = listings.documents(found[names.RETRIEVAL_DOCUMENTS])
    said = found.get(names.OUTPUT_MESSAGES, "")
    if '"finish_reason"' in said and not found.get(names.FINISH_REASONS) and not attributes.get(names.FINISH_REASONS):
        value = reading.decoded(said)
        reasons = [one.get("finish_reason") for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        found[names.FINISH_REASONS] = reading.encoded([reason for reason in reasons if isinstance(reason, str) and reason])


def _query(given: str) -> str:
    """What was looked for: the text, whether it stands alone, in quotes or in an object."""
    return messages.plain(reading.decoded(given)) or reading.string(given)


def _instruct(attributes: Mapping[str, str], found: dict[str, str]) -> None:
    """System messages among the messages are instructions too."""
    said = found.get(names.INPUT_MESSAGES, "")
    if '"role":"system"' not in said or found.get(names.SYSTEM_INSTRUCTIONS) or attributes.get(names.SYSTEM_INSTRUCTIONS):
        return
    value = reading.decoded(said)
    given = [one for one in value if isinstance(one, dict) and one.get("role") == "system"] if isinstance(value, list) else []
    found[names.SYSTEM_INSTRUCTIONS] = reading.encoded([part for one in given for part in one.get("parts", [])])


def kind_of(attributes: Mapping[str, str], found: Mapping[str, str]) -> str:
    """The kind that the engine will give a span of these attributes and this translation (canonical.part)."""
    kind = found.get(names.KIND) or names.KINDS.get(found.get(names.OPERATION) or attributes.get(names.OPERATION, ""))
    if kind:
        return kind
    if found.get(names.TOOL_NAME) or attributes.get(names.TOOL_NAME):
        return "tool"
    has_model = found.get(names.REQUEST_MODEL) or attributes.get(names.REQUEST_MODEL)
    return "llm" if has_model and (found.get(names.INPUT_TOKENS) or attributes.get(names.INPUT_TOKENS)) else "span"
