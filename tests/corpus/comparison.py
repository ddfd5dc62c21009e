"""Compares a stored span with the row that the corpus expects. Must not know dialects."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]


def differences(expected: Row, stored: Row) -> dict[str, tuple[Any, Any]]:
    """For each field that differs, what was expected and what was found. Only expected fields are looked at."""
    found = {name: _READERS[name](stored) if name in _READERS else stored[name] for name in expected}
    return {name: (value, found[name]) for name, value in expected.items() if not _agrees(name, value, found[name])}


def _agrees(name: str, expected: Any, found: Any) -> bool:
    # Frameworks describe tools and documents in their own words, and may say more of them than the application did.
    if name in ("tool_definitions", "retrieval_documents", "parameters"):
        return _holds(found, expected)
    return bool(sorted(expected) == sorted(found) if name == "tags" else expected == found)


def _holds(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_holds(whole.get(key), value) for key, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(_holds, whole, part))
    return bool(whole == part)


def _conversation(row: Row) -> list[dict[str, Any]]:
    """Input messages; instructions that stand apart come first, unless the messages begin with them."""
    asked = _messages(row["input_messages"])
    instructions = [_part(part) for part in json.loads(row["system_instructions"] or "[]")]
    if not instructions or any(message["role"] == "system" for message in asked):
        return asked
    return [{"role": "system", "parts": instructions}, *asked]


def _messages(text: str) -> list[dict[str, Any]]:
    return [{"role": one["role"], "parts": [_part(part) for part in one["parts"]]} for one in json.loads(text or "[]")]


# What each kind of part must say. Some say more, and those of 2025 called a tool's answer its result.
_MEMBERS = {"tool_call": ("id", "name", "arguments"), "tool_call_response": ("id", "response")}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part without empty members; arguments and results, which some give as text, as the JSON that they are."""
    said = {"result": "response"} if part["type"] == "tool_call_response" else {}
    known = {said.get(name, name): value for name, value in part.items() if value is not None}
    wanted = ("type", *_MEMBERS.get(part["type"], known))
    return {name: _json(known[name]) if name in ("arguments", "response") else known[name] for name in wanted if name in known}


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def _parameters(row: Row) -> dict[str, Any]:
    return {name: _json(value) for name, value in row["parameters"].items()}


_READERS: dict[str, Callable[[Row], Any]] = {
    "input_messages": _conversation,
    "output_messages": lambda row: _messages(row["output_messages"]) or None,
    "parameters": _parameters,
    "tool_definitions": lambda row: _json(row["tool_definitions"]),
    "tool_arguments": lambda row: _json(row["tool_arguments"]),
    "tool_result": lambda row: _json(row["tool_result"]),
    "retrieval_documents": lambda row: _json(row["retrieval_documents"]),
    "has_time_to_first_chunk": lambda row: row["time_to_first_chunk_ns"] is not None,
    "cost_usd": lambda row: row["cost_usd"] and float(row["cost_usd"]),
}
