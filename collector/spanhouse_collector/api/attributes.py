"""Typed attributes as JSON: what the store keeps as texts and kinds, given back as the values that were sent.

Must not know which attributes there are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field


class Attribute(BaseModel):
    """One attribute's value with the kind it was sent as (OpenTelemetry's AnyValue)."""

    kind: str = Field(
        description="no_value, string_value, bool_value, int_value, double_value, array_value, kvlist_value or bytes_value"
    )
    value: Any = Field(description="bytes are base64; a double that is no number is a text: NaN, Infinity or -Infinity")


def typed(texts: Mapping[str, str], kinds: Sequence[str]) -> dict[str, Attribute]:
    """The attributes of one map and the kinds beside it, in the order in which they were sent."""
    return {name: Attribute(kind=kind, value=_value(text, kind)) for (name, text), kind in zip(texts.items(), kinds, strict=True)}


def _value(text: str, kind: str) -> Any:
    if kind == "no_value":
        return None
    if kind == "bool_value":
        return text == "true"
    if kind == "int_value":
        return int(text)
    if kind == "double_value":
        return _double(text)
    if kind in ("array_value", "kvlist_value"):
        return json.loads(text, parse_constant=str)
    return text


def _double(text: str) -> float | str:
    number = float(text)
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"
