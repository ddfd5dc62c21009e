"""Keys: which project a request belongs to, and what it may do.

A key comes as `Authorization: Bearer`, as the password of `Authorization: Basic`, or as `x-api-key`; the same as gRPC
metadata. Without any key in the state, a collector bound to loopback serves the default project to everybody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update

from spanhouse_collector.api.tables import keys
from spanhouse_collector.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from spanhouse_collector.model import DEFAULT_PROJECT, Scope
from spanhouse_collector.storage import State

_PROJECT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEY_PREFIX = "sph_"
_SHOWN_CHARACTERS = len(_KEY_PREFIX) + 8
# A revoked key is refused after at most this long.
_CACHE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is listed; the key itself is shown once, when it is made."""

    prefix: str
    project: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None


class Keys:
    """The keys in the state database. Safe from several threads."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._cached: dict[str, tuple[str, Scope]] = {}
        self._cached_until = 0.0

    def create(self, project: str, scope: Scope) -> str:
        """Makes a key and returns it; it cannot be read again. Raises InvalidRequest for a project that cannot be."""
        # URL-safe and without '=', ',' or blanks, because OTEL_EXPORTER_OTLP_HEADERS is split at those.
        key = _KEY_PREFIX + secrets.token_urlsafe(32)
        row = {
            "hash": _hash(key),
            "prefix": key[:_SHOWN_CHARACTERS],
            "project": _project_name(project),
            "scope": scope.value,
            "created_at": datetime.now(UTC),
        }
        with self._state.transaction() as connection:
            connection.execute(keys.insert().values(**row))
        self._forget()
        return key

    def revoke(self, prefix: str) -> None:
        """Ends a key, named by the first characters that `list` shows. Raises NotFound."""
        now = datetime.now(UTC)
        with self._state.transaction() as connection:
            statement = update(keys).where(keys.c.prefix == prefix, keys.c.revoked_at.is_(None)).values(revoked_at=now)
            changed = connection.execute(statement).rowcount
        if not changed:
            raise NotFound(f"no active key begins with {prefix!r}; `spanhouse keys list` shows them")
        self._forget()

    def list(self) -> list[Key]:
        """All keys, oldest first."""
        with self._state.transaction() as connection:
            rows = connection.execute(select(keys).order_by(keys.c.created_at)).mappings().all()
        return [
            Key(
                prefix=row["prefix"],
                project=row["project"],
                scope=Scope(row["scope"]),
                created_at=row["created_at"],
                revoked_at=row["revoked_at"],
            )
            for row in rows
        ]

    def active(self) -> dict[str, tuple[str, Scope]]:
        """Project and scope by hash of the key, for every key that is not revoked; at most some seconds old."""
        with self._lock:
            if time.monotonic() > self._cached_until:
                with self._state.transaction() as connection:
                    rows = connection.execute(select(keys).where(keys.c.revoked_at.is_(None))).mappings().all()
                self._cached = {row["hash"]: (row["project"], Scope(row["scope"])) for row in rows}
                self._cached_until = time.monotonic() + _CACHE_S
            return self._cached

    def _forget(self) -> None:
        with self._lock:
            self._cached_until = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Decides requests. `open_locally` serves the default project without a key as long as none exists."""

    keys: Keys
    open_locally: bool

    def project(self, headers: Mapping[str, str], scope: Scope) -> str:
        """The project these headers (lower-case names) may use in this way. Raises Unauthenticated or Forbidden."""
        active = self.keys.active()
        key = _key_in(headers)
        if not active and self.open_locally:
            return DEFAULT_PROJECT
        if key is None:
            raise Unauthenticated("no key was sent; send one as `Authorization: Bearer KEY` or `x-api-key: KEY`")
        found = active.get(_hash(key))
        if found is None:
            raise Unauthenticated(
                f"the key {key[:_SHOWN_CHARACTERS]!r} is unknown or revoked; make one with `spanhouse keys create`"
            )
        project, allowed = found
        if allowed not in (scope, Scope.ADMIN):
            raise Forbidden(f"the key {key[:_SHOWN_CHARACTERS]!r} is for {allowed.value} only; use one for {scope.value}")
        return project


def _key_in(headers: Mapping[str, str]) -> str | None:
    kind, _, value = headers.get("authorization", "").strip().partition(" ")
    value = value.strip()
    if kind.lower() == "bearer" and value:
        return value
    if kind.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return password or user or None
    return headers.get("x-api-key") or None


def _project_name(text: str) -> str:
    if not _PROJECT_NAME.fullmatch(text):
        raise InvalidRequest(
            f"{text!r} cannot name a project; use 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit"
        )
    return text


def _hash(key: str) -> str:
    # A plain hash is enough: keys are 256 random bits, not passwords.
    return hashlib.sha256(key.encode()).hexdigest()
