"""Sessions of the ClickHouse interface: settings that a client gave by SET, and that hold for its later statements.

Kept in memory, so they end with the process, as a server's do; each ends when it was not used for its time. Must not know
statements, nor which settings may be given.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from spanhouse_collector.api.clickhouse_errors import rejected

#: A server's own default and bound (default_session_timeout, max_session_timeout), in seconds.
DEFAULT_TIMEOUT_S = 60
MAX_TIMEOUT_S = 3600
# Clients invent an id for each connection, so the oldest give way; one is a few hundred bytes.
_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The session that a request names. `must_exist` refuses a new one; `closes` ends it after the request."""

    name: str
    timeout_s: int = DEFAULT_TIMEOUT_S
    must_exist: bool = False
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    settings: dict[str, str]
    ends_at: float


class Sessions:
    """Sessions by project and name; the same name in two projects is two sessions. May be used from any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[tuple[str, str], _Held] = {}
        self._lock = threading.Lock()

    @contextmanager
    def one(self, project: str, wanted: Wanted | None) -> Iterator[dict[str, str] | None]:
        """The settings of the session, to be read and added to; None where no session is wanted.

        It begins here if there is none. Raises QueryRejected if it must exist and does not.
        """
        if wanted is None:
            yield None
            return
        settings = self._begin(project, wanted)
        try:
            yield settings
        finally:
            self._end(project, wanted, settings)

    def _begin(self, project: str, wanted: Wanted) -> dict[str, str]:
        with self._lock:
            held = self._held.get((project, wanted.name))
            if held is not None and held.ends_at > self._clock():
                return dict(held.settings)
        if wanted.must_exist:
            raise rejected("SESSION_NOT_FOUND", "Session not found or expired; leave out session_check to begin it")
        return {}

    def _end(self, project: str, wanted: Wanted, settings: dict[str, str]) -> None:
        """Keeps the session as the one used last; the one unused for longest goes where there are too many."""
        with self._lock:
            self._held.pop((project, wanted.name), None)
            if not wanted.closes:
                self._held[project, wanted.name] = _Held(settings=settings, ends_at=self._clock() + wanted.timeout_s)
            if len(self._held) > _MOST:
                del self._held[next(iter(self._held))]
