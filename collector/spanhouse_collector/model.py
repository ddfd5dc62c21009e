"""Words that every room shares: roles, scopes and the names of projects. Knows nobody."""

from __future__ import annotations

import re
from enum import StrEnum

from spanhouse_collector.errors import InvalidRequest

#: The project of an installation that has configured none.
DEFAULT_PROJECT = "default"

_PROJECT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Scope(StrEnum):
    """What a key may do. Each includes nothing of the others but `admin`, which includes all."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


def project_name(text: str) -> str:
    """The text, if it may name a project; raises InvalidRequest otherwise."""
    if not _PROJECT_NAME.fullmatch(text):
        raise InvalidRequest(
            f"{text!r} cannot name a project; use 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit"
        )
    return text
