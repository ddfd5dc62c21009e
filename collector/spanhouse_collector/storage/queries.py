"""SQL as files: finds a statement by package and name, checks its header, and fills in fragments and table functions.

Must not know any statement in particular, nor any client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_INCLUDE = re.compile(r"^ *-- @include ([\w.]+)$", re.MULTILINE)
_SOURCE = "{source:TableFunction}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement. `name` is the file's name without its ending; values appear in `text` only as `{name:Type}`."""

    name: str
    text: str

    def reading(self, table_function: str) -> Query:
        """The same statement, reading from this table function.

        ClickHouse binds values and identifiers as parameters, but not a table function, so this is the one
        substitution of text; `table_function` comes from code, never from a request.
        """
        return Query(name=self.name, text=self.text.replace(_SOURCE, table_function))


@cache
def load(package: str, name: str) -> Query:
    """The statement in `name`.sql among the package's resources; raises FileNotFoundError if there is none."""
    text = files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    if not text.startswith("--"):
        raise ValueError(f"{name}.sql has no header; begin it with a comment that gives purpose, parameters and columns")
    return Query(name=name, text=_with_fragments(package, text))


def _with_fragments(package: str, text: str) -> str:
    """The text with what several statements share: .part files beside them or, with a package before the name, of another."""
    return _INCLUDE.sub(lambda found: _fragment(package, found[1]), text)


def _fragment(package: str, name: str) -> str:
    home, _, file = name.rpartition(".")
    text = files(home or package).joinpath(f"{file}.part").read_text(encoding="utf-8").rstrip("\n")
    return _with_fragments(home or package, text)


def names(package: str) -> list[str]:
    """The names of all statements among the package's resources, sorted."""
    return sorted(entry.name.removesuffix(".sql") for entry in files(package).iterdir() if entry.name.endswith(".sql"))
