"""YAML as plain values, with one sentence where it is none. Must not know what it says."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from spanhouse_collector.errors import InvalidSettings


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one place, of which YAML would take the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise InvalidSettings(f"line {key.start_mark.line + 1} has the key {key.value!r} a second time; leave one out")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_document(text: str) -> Any:
    """The values of a YAML text; an empty one has no keys. Raises InvalidSettings."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a loader of plain values
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidSettings(f"line {line} is not YAML: {error.problem or error.context}; correct it") from error
    except yaml.YAMLError as error:
        raise InvalidSettings(f"it is not YAML: {' '.join(str(error).split())}; correct it") from error
    return {} if document is None else document
