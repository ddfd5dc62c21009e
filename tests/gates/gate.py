"""A gate: open or shut for the running test, remembering what it refused. Must not know what it guards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ShutGateError(AssertionError):
    """A test touched what its markers do not allow."""


class Gate:
    """Open or shut while a test runs, as its markers say. Outside a test there is nobody to answer for, so it does nothing."""

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._is_open: bool | None = None
        self._violations: list[str] = []
        self._older_threads: frozenset[threading.Thread] = frozenset()

    @property
    def guards_a_test(self) -> bool:
        """Whether a test is running, from its first fixture to its last teardown."""
        return self._is_open is not None

    @contextmanager
    def for_test(self, *, is_open: bool) -> Iterator[None]:
        """Open or shut for one test."""
        self._is_open = is_open
        self._older_threads = frozenset(threading.enumerate()) - {threading.current_thread()}
        try:
            yield
        finally:
            self._is_open = None

    def check(self, what: str) -> None:
        """Raises ShutGateError, and remembers it, if the gate is shut.

        A thread that is older than the test is not its doing: an earlier test, whose marker allowed it, left it behind.
        """
        if self._is_open is False and threading.current_thread() not in self._older_threads:
            self.refuse(f"{what} in a test without the marker `{self._marker}`; add the marker or do without")

    def refuse(self, message: str) -> None:
        """Raises ShutGateError and remembers it, whatever the markers say."""
        self._violations.append(message)
        raise ShutGateError(message)

    def take_violations(self) -> list[str]:
        """What was refused since the last call, oldest first."""
        taken, self._violations = self._violations, []
        return taken
