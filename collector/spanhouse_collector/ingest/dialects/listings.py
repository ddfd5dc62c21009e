"""Lists that calls carry beside messages: definitions of tools, documents that were found. Must not know dialects."""

from __future__ import annotations

from typing import Any

from spanhouse_collector.ingest.dialects.reading import MAX_ITEMS, decoded, encoded

_SCHEMAS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema")
_CONTENTS = ("content", "page_content", "text", "document")


def tool_definitions(given: str) -> str:
    """Definitions in OpenTelemetry's form: the function's name, description and parameters without a frame around them."""
    value = decoded(given)
    if not isinstance(value, list):
        return given
    return encoded([_definition(item) for item in value[:MAX_ITEMS]])


def _definition(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    function = item.get("function")
    inner = function if isinstance(function, dict) else item
    schema = next((inner[name] for name in _SCHEMAS if inner.get(name) is not None), None)
    rest = {name: value for name, value in inner.items() if name not in _SCHEMAS}
    kind = item.get("type", "function")
    return {"type": kind, **rest, **({} if schema is None else {"parameters": schema})}


def documents(given: str) -> str:
    """Documents as a list, each with its content under that name; what is no list of objects stays."""
    value = decoded(given)
    if isinstance(value, dict):
        value = next(
            (value[name] for name in ("documents", "results", "matches", "nodes") if isinstance(value.get(name), list)), value
        )
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return given
    return encoded([_document(item) for item in value[:MAX_ITEMS]])


def _document(item: dict[str, Any]) -> dict[str, Any]:
    name = next((name for name in _CONTENTS if isinstance(item.get(name), str)), "content")
    return {("content" if key == name else key): value for key, value in item.items()}
