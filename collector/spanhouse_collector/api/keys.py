"""Keys: which project a request belongs to, and what it may do.

A key comes as `Authorization: Bearer`, as the password of `Authorization: Basic`, or as `x-api-key`; the same as gRPC
metadata. Without any key in the state, a collector bound to loopback serves the default project to everybody.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, delete, select, update

from spanhouse_collector.api.quotas import Meters, Quota
from spanhouse_collector.api.tables import keys, quotas
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
    quota: Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an active key stands for."""

    project: str
    scope: Scope
    quota: Quota


class Keys:
    """The keys in the state database. Safe from several threads."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        # Replaced as a whole, so that it is read without waiting for whoever asks the database.
        self._cached: tuple[float, dict[str, Grant]] = (0.0, {})

    def create(self, project: str, scope: Scope, *, quota: Quota | None = None) -> str:
        """Makes a key and returns it; it cannot be read again. Raises InvalidRequest for a project that cannot be."""
        # URL-safe and without '=', ',' or blanks, because OTEL_EXPORTER_OTLP_HEADERS is split at those.
        key = _KEY_PREFIX + secrets.token_urlsafe(32)
        digest = _hash(key)
        row = {
            "hash": digest,
            "prefix": key[:_SHOWN_CHARACTERS],
            "project": project_name(project),
            "scope": scope.value,
            "created_at": datetime.now(UTC),
        }
        with self._state.transaction() as connection:
            connection.execute(keys.insert().values(**row))
            _set_quota(connection, digest, quota or Quota())
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

    def limit(self, prefix: str, quota: Quota) -> None:
        """Gives an active key another quota, named as for `revoke`. Raises NotFound."""
        with self._state.transaction() as connection:
            found = connection.execute(select(keys.c.hash).where(keys.c.prefix == prefix, keys.c.revoked_at.is_(None))).scalar()
            if found is None:
                raise NotFound(f"no active key begins with {prefix!r}; `spanhouse keys list` shows them")
            _set_quota(connection, found, quota)
        self._forget()

    def list(self) -> list[Key]:
        """All keys, oldest first."""
        with self._state.transaction() as connection:
            rows = connection.execute(_WITH_QUOTAS.order_by(keys.c.created_at)).mappings().all()
        return [
            Key(
                prefix=row["prefix"],
                project=row["project"],
                scope=Scope(row["scope"]),
                created_at=row["created_at"],
                revoked_at=row["revoked_at"],
                quota=_quota(row),
            )
            for row in rows
        ]

    def active(self) -> dict[str, Grant]:
        """What every key that is not revoked stands for, by its hash; at most some seconds old. May ask the database."""
        with self._lock:
            known = self.known()
            if known is None:
                statement = _WITH_QUOTAS.where(keys.c.revoked_at.is_(None))
                with self._state.transaction() as connection:
                    rows = connection.execute(statement).mappings().all()
                known = {row["hash"]: Grant(project=row["project"], scope=Scope(row["scope"]), quota=_quota(row)) for row in rows}
                self._cached = (time.monotonic() + _CACHE_S, known)
            return known

    def known(self) -> dict[str, Grant] | None:
        """The same where it is at hand, without waiting for anything; None if the database must be asked."""
        until_s, known = self._cached
        return known if time.monotonic() <= until_s else None

    def _forget(self) -> None:
        with self._lock:
            self._cached = (0.0, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Decides requests. `open_locally` serves the default project without a key as long as none exists."""

    keys: Keys
    open_locally: bool
    meters: Meters = field(default_factory=Meters)

    def project(self, headers: Mapping[str, str], scope: Scope) -> str:
        """The project these headers (lower-case names) may use in this way. Raises Unauthenticated or Forbidden."""
        return self._granted(headers, scope, self.keys.active())[1].project

    async def sender(self, headers: Mapping[str, str]) -> Sender:
        """Who may write with these headers. Raises Unauthenticated, Forbidden, or QuotaExceeded."""
        known = self.keys.known()
        # Asking the database on the event loop would hold up every other request.
        active = await asyncio.to_thread(self.keys.active) if known is None else known
        key, grant = self._granted(headers, Scope.INGEST, active)
        sender = Sender(project=grant.project, key=key, quota=grant.quota, meters=self.meters)
        self.meters.charge(key, grant.quota, requests=1)
        return sender

    def _granted(self, headers: Mapping[str, str], scope: Scope, active: Mapping[str, Grant]) -> tuple[str, Grant]:
        """The hash of the key and what it stands for."""
        key = _key_in(headers)
        if not active and self.open_locally:
            return "", Grant(project=DEFAULT_PROJECT, scope=Scope.ADMIN, quota=Quota())
        if key is None:
            raise Unauthenticated("no key was sent; send one as `Authorization: Bearer KEY` or `x-api-key: KEY`")
        digest = _hash(key)
        grant = active.get(digest)
        if grant is None:
            raise Unauthenticated(
                f"the key {key[:_SHOWN_CHARACTERS]!r} is unknown or revoked; make one with `spanhouse keys create`"
            )
        if grant.scope not in (scope, Scope.ADMIN):
            raise Forbidden(f"the key {key[:_SHOWN_CHARACTERS]!r} is for {grant.scope.value} only; use one for {scope.value}")
        return digest, grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the project of the key, and what the key has left to send."""

    project: str
    key: str
    quota: Quota
    meters: Meters

    def charge(self, *, items: int, size_bytes: int) -> None:
        """Counts what a request holds against the key's quota. Raises QuotaExceeded."""
        self.meters.charge(self.key, self.quota, items=items, bytes=size_bytes)


_WITH_QUOTAS = select(keys, *(column for column in quotas.c if column.name != "hash")).outerjoin(
    quotas, quotas.c.hash == keys.c.hash
)
_QUOTA_FIELDS = tuple(one.name for one in fields(Quota))


def _quota(row: RowMapping) -> Quota:
    """The quota in a row; a key that has none is not bounded."""
    return Quota(**{name: row[name] for name in _QUOTA_FIELDS if row[name] is not None})


def _set_quota(connection: Connection, key: str, quota: Quota) -> None:
    connection.execute(delete(quotas).where(quotas.c.hash == key))
    connection.execute(quotas.insert().values(hash=key, **asdict(quota)))


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


def project_name(text: str) -> str:
    """The text itself, where it can name a project. Raises InvalidRequest where it cannot."""
    if not _PROJECT_NAME.fullmatch(text):
        raise InvalidRequest(
            f"{text!r} cannot name a project; use 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit"
        )
    return text


def _hash(key: str) -> str:
    # A plain hash is enough: keys are 256 random bits, not passwords.
    return hashlib.sha256(key.encode()).hexdigest()
