"""Rewrites the strings and numbers in a JSON text one by one, so that JSON stays JSON and nothing else of it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_COLON = re.compile(r"\s*:\s*")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """How strings and numbers are rewritten; what comes back unchanged stays as it was written."""

    #: The new text of a string, key or number.
    text: Callable[[str], str]
    #: Whether the whole value under a key is masked; told the key and whether the value is a string or a list.
    blocks: Callable[[str, bool], bool]
    #: The text in place of such a value; told the key and the value's JSON.
    mask: Callable[[str, str], str]


def is_json(text: str) -> bool:
    """Whether a text is a JSON object, list or string."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def rewrite(text: str, rewriting: Rewriting) -> str:
    """The JSON text with its parts rewritten. Raises RecursionError for nesting without end."""
    out: list[str] = []
    position = 0
    while match := _STRING.search(text, position):
        out.append(_numbers(text[position : match.start()], rewriting))
        out.append(_string(match[0], rewriting))
        position = match.end()
        colon = _COLON.match(text, position)
        if colon is None:
            continue
        out.append(colon[0])
        position = colon.end()
        key = json.loads(match[0])
        if rewriting.blocks(key, text[position] in '"['):
            _, end = _decoder.raw_decode(text, position)
            out.append(json.dumps(rewriting.mask(key, text[position:end])))
            position = end
    out.append(_numbers(text[position:], rewriting))
    return "".join(out)


def _string(literal: str, rewriting: Rewriting) -> str:
    before = json.loads(literal)
    after = rewriting.text(before)
    if after == before:
        return literal
    # A lone surrogate can only be written as an escape.
    return json.dumps(after, ensure_ascii=literal.isascii() or "\\u" in literal)


def _numbers(between: str, rewriting: Rewriting) -> str:
    """What stands between strings: a number in which something is found becomes a string."""

    def rewritten(match: re.Match[str]) -> str:
        after = rewriting.text(match[0])
        return match[0] if after == match[0] else json.dumps(after)

    return _NUMBER.sub(rewritten, between)
