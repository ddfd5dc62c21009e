"""Numbered families: attributes such as `llm.input_messages.0.message.role`, put back into the list they were made from.

Numbers are names here, never places, so `gen_ai.prompt.999999999.content` is one item of a short list. Must not know which
families there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from spanhouse_collector.ingest.dialects.reading import MAX_ITEMS

# Far more than any family has; a longer path is cut off, its value is not lost, because raw attributes are kept.
_MAX_DEPTH = 12
_NUMBERED = re.compile(r"(.+?\.)([0-9]+(?:\..*)?)", re.DOTALL)

#: What the attributes of each family say: paths from the first number on, and values. By the family's beginning.
Families = Mapping[str, list[tuple[tuple[str, ...], str]]]


def families(attributes: Mapping[str, str]) -> Families:
    """All numbered attributes by the beginning of their names, which ends in a point."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for key, value in attributes.items():
        place = _place(key)
        if place is not None:
            found.setdefault(place[0], []).append((place[1], value))
    return found


# The same keys come again in every span.
@lru_cache(maxsize=16_384)
def _place(key: str) -> tuple[str, tuple[str, ...]] | None:
    found = _NUMBERED.fullmatch(key)
    return (found[1], tuple(found[2].split(".", _MAX_DEPTH))) if found else None


def family(members: list[tuple[tuple[str, ...], str]]) -> list[Any]:
    """The list that a family was made from, in the order of its numbers."""
    tree: dict[str, Any] = {}
    for path, value in members:
        _plant(tree, path, value)
    found = _listed(tree)
    return found if isinstance(found, list) else []


def _plant(tree: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for name in path[:-1]:
        inner = tree.get(name)
        if inner is None:
            inner = tree[name] = {}
        elif not isinstance(inner, dict):
            # A value and a family under one name: the value came first and stays.
            return
        tree = inner
    tree.setdefault(path[-1], value)


def _listed(tree: dict[str, Any]) -> Any:
    """The tree, with every level whose names are all numbers as a list."""
    for name, value in tree.items():
        if isinstance(value, dict):
            tree[name] = _listed(value)
    if not all(name.isdigit() and name.isascii() for name in tree):
        return tree
    # By length first: as numbers are, without making a number of a million digits.
    ordered = sorted(tree, key=lambda name: (len(name.lstrip("0")), name.lstrip("0"))) if len(tree) > 1 else list(tree)
    return [tree[name] for name in ordered[:MAX_ITEMS]]
