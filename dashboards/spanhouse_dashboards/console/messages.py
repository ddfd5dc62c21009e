"""Reads messages, retrieved documents and tool values as OpenTelemetry's GenAI conventions write them, for showing.

Must not know pages or tables. Whatever cannot be read is shown as it came: nothing raises, nothing is left out in silence.
Source: semantic-conventions-genai, gen-ai-input-messages.json and gen-ai-output-messages.json (parts by `type`, others allowed).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spanhouse_dashboards.console.formats import as_json, pretty

PartKind = Literal["text", "reasoning", "tool call", "tool result", "image", "audio", "link", "file", "other"]

# A page shows this much of one value and says where the rest is: more freezes browsers and is read by nobody in full.
MAX_TEXT_CHARS = 20_000
MAX_MESSAGES = 200
MAX_DOCUMENTS = 100
# Base64 characters of a picture or sound shown in place; about 3 MB.
_MAX_INLINE_CHARS = 4_000_000
# Only formats that browsers decode without running anything: SVG is not among them.
_IMAGE = re.compile(r"image/(png|jpeg|gif|webp|avif)")
_AUDIO = re.compile(r"audio/(mpeg|mp3|wav|x-wav|ogg|webm|mp4|flac)")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message. `title` names a tool or a file; `source` is what a picture, sound or link points to."""

    kind: PartKind
    text: str = ""
    title: str = ""
    note: str = ""
    source: str = ""
    hidden_chars: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `role` is as it came."""

    role: str
    name: str
    finish_reason: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What is shown of a list of messages, and how many at its begin are not."""

    shown: Sequence[Message]
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One retrieved document; `score` is the retriever's own."""

    id: str
    score: float | None
    text: Part | None
    details: Part | None


def read_messages(text: str, *, default_role: str) -> Messages:
    """The messages in a JSON list, or the text as one message of `default_role`. The newest are kept where there are too many."""
    value = _parsed(text)
    if isinstance(value, dict) and ("parts" in value or "role" in value):
        value = [value]
    if isinstance(value, list) and value and all(_is_part(item) for item in value):
        value = [{"role": default_role, "parts": value}]
    if not isinstance(value, list):
        return Messages(shown=[_plain(default_role, text)] if text.strip() else [])
    kept = value[-MAX_MESSAGES:]
    return Messages(shown=[read_message(item, default_role=default_role) for item in kept], hidden=len(value) - len(kept))


def read_message(item: Any, *, default_role: str) -> Message:
    """One message, from a mapping with its parts or its content, or from anything else as its text."""
    if not isinstance(item, Mapping):
        return _plain(default_role, item if isinstance(item, str) else as_json(item))
    parts = item.get("parts")
    if not isinstance(parts, list):
        content = item.get("content", item)
        parts = content if isinstance(content, list) else [content]
    return Message(
        role=str(item.get("role") or default_role),
        name=str(item.get("name") or ""),
        finish_reason=str(item.get("finish_reason") or ""),
        parts=[_part(part) for part in parts],
    )


def read_documents(text: str) -> tuple[list[Document], int]:
    """Retrieved documents in their order, and how many more there are."""
    value = _parsed(text)
    if not isinstance(value, list):
        value = [value] if text.strip() else []
    return [_document(item) for item in value[:MAX_DOCUMENTS]], max(len(value) - MAX_DOCUMENTS, 0)


def read_value(text: str) -> Part:
    """Any value: JSON indented, text as it is, cut where it is very long."""
    return _cut(pretty(text) if len(text) <= 50 * MAX_TEXT_CHARS else text)


def _plain(role: str, text: str) -> Message:
    return Message(role=role, name="", finish_reason="", parts=[_cut(text)])


def _part(part: Any) -> Part:
    if isinstance(part, str):
        return _cut(part)
    if not isinstance(part, Mapping):
        return _cut(as_json(part), kind="other")
    reader = _READERS.get(str(part.get("type", "")))
    return reader(part) if reader else _cut(as_json(part), kind="other", title=str(part.get("type") or "part"))


def _text(part: Mapping[str, Any]) -> Part:
    return _cut(_as_text(part.get("content", part.get("text", ""))))


def _reasoning(part: Mapping[str, Any]) -> Part:
    return _cut(_as_text(part.get("content", "")), kind="reasoning")


def _tool_call(part: Mapping[str, Any]) -> Part:
    # A server's own tools put their call under the name of the part's type.
    arguments = part.get("arguments", part.get("server_tool_call", ""))
    return _cut(_as_text(arguments), kind="tool call", title=str(part.get("name") or "tool"), note=str(part.get("id") or ""))


def _tool_result(part: Mapping[str, Any]) -> Part:
    names = ("response", "result", "server_tool_call_response", "content")
    result = next((part[name] for name in names if name in part), "")
    return _cut(_as_text(result), kind="tool result", title=str(part.get("name") or ""), note=str(part.get("id") or ""))


def _blob(part: Mapping[str, Any]) -> Part:
    mime = str(part.get("mime_type") or "")
    data = str(part.get("content") or part.get("data") or "")
    title = mime or str(part.get("modality") or "data")
    if len(data) <= _MAX_INLINE_CHARS and _BASE64.fullmatch(data):
        source = f"data:{mime};base64,{''.join(data.split())}"
        transcript = _as_text(part.get("transcript") or "")
        if _IMAGE.fullmatch(mime):
            return Part(kind="image", title=title, source=source, text=transcript)
        if _AUDIO.fullmatch(mime):
            return Part(kind="audio", title=title, source=source, text=transcript)
    return Part(kind="file", title=title, note=f"{len(data):,} characters of base64")


def _file(part: Mapping[str, Any]) -> Part:
    return Part(kind="file", title=str(part.get("file_id") or "file"), note=str(part.get("modality") or ""))


def _uri(part: Mapping[str, Any]) -> Part:
    address = str(part.get("uri") or "")
    # Shown as a link only where it can run nothing; never loaded by the page itself.
    source = address if address.lower().startswith(("https://", "http://")) else ""
    return Part(kind="link", title=address[:2_000], note=str(part.get("modality") or ""), source=source)


_READERS = {
    "text": _text,
    "reasoning": _reasoning,
    "thinking": _reasoning,
    "tool_call": _tool_call,
    "server_tool_call": _tool_call,
    "tool_call_response": _tool_result,
    "server_tool_call_response": _tool_result,
    "blob": _blob,
    "file": _file,
    "uri": _uri,
}


def _document(item: Any) -> Document:
    if not isinstance(item, Mapping):
        return Document(id="", score=None, text=_cut(_as_text(item)), details=None)
    texts = ("content", "text", "page_content", "document")
    body = next((name for name in texts if isinstance(item.get(name), str)), None)
    score = item.get("score")
    rest = {name: value for name, value in item.items() if name not in ("id", "score", body)}
    return Document(
        id=str(item.get("id") or ""),
        score=float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None,
        text=_cut(str(item[body])) if body else None,
        details=_cut(as_json(rest), kind="other") if rest else None,
    )


def _is_part(item: Any) -> bool:
    return isinstance(item, Mapping) and "type" in item and "role" not in item


def _as_text(value: Any) -> str:
    return pretty(value) if isinstance(value, str) else as_json(value)


def _cut(text: str, *, kind: PartKind = "text", title: str = "", note: str = "") -> Part:
    hidden = max(len(text) - MAX_TEXT_CHARS, 0)
    return Part(kind=kind, text=text[:MAX_TEXT_CHARS], title=title, note=note, hidden_chars=hidden)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
