"""Words that every room shares: scopes of keys and the default project. Knows nobody."""

from __future__ import annotations

from enum import StrEnum

#: The project of an installation that has configured none.
DEFAULT_PROJECT = "default"


class Scope(StrEnum):
    """What a key may do. Each includes nothing of the others but `admin`, which includes all."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"
