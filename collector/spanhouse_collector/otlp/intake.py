"""What the transports need of the rest: someone who says which project a sender may write, and someone who keeps requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from spanhouse_collector.errors import Overloaded
from spanhouse_collector.otlp.protobuf import Checked, Request, Signal, check_request
from spanhouse_collector.otlp.redact import Redactor, redacted

# 4 µs a span: about a millisecond here.
_INLINE_BYTES = 512 * 1024


class Intake(Protocol):
    """Keeps checked requests. When `keep` returns, the request is on disk; it raises RetryableError if it cannot be."""

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None: ...


class Sender(Protocol):
    """Who sends, and what they may still send. `charge` raises QuotaExceeded."""

    @property
    def project(self) -> str: ...
    def charge(self, *, items: int, size_bytes: int) -> None: ...


class Authorize(Protocol):
    """Says who may write with these headers (lower-case names).

    Raises Unauthenticated without a valid key, Forbidden if the key may not write, QuotaExceeded after too many requests.
    """

    async def __call__(self, headers: Mapping[str, str]) -> Sender: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """What every OTLP transport is built from."""

    intake: Intake
    authorize: Authorize
    #: The redactor of a project.
    redactor: Callable[[str], Redactor]
    #: Largest request in bytes, also after decompression.
    max_body_bytes: int
    #: Bounds what all requests under way hold together.
    room: Room
    #: Origins of pages that may send from a browser (scheme://host[:port]).
    origins: frozenset[str] = frozenset()
    #: Is told the HTTP status of each request that is answered with an error, over gRPC that of the same error.
    refused: Callable[[int], None] = lambda _status: None

    def admitted(self, request: Request, body: bytes | None, *, sender: Sender) -> Checked:
        """What may be kept of a request: checked, and redacted by the project's rules. `body`: its bytes where at hand.

        Raises QuotaExceeded if the sender may not send so much.
        """
        checked = check_request(request, body)
        sender.charge(items=checked.items, size_bytes=len(checked.body))
        return redacted(request, checked, redactor=self.redactor(sender.project))


class Room:
    """Memory for requests under way. A request that finds it full is refused and may come again."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0

    @contextmanager
    def held(self) -> Iterator[Callable[[int], None]]:
        """Gives a function that holds some bytes more until the block ends, or raises Overloaded. For one event loop."""
        own_bytes = 0

        def hold(size_bytes: int) -> None:
            nonlocal own_bytes
            # A request that is alone always finds room.
            if own_bytes < self._held_bytes and self._held_bytes + size_bytes > self._limit_bytes:
                raise Overloaded(f"requests under way hold {self._held_bytes} bytes, at most {self._limit_bytes}; send again")
            own_bytes += size_bytes
            self._held_bytes += size_bytes

        try:
            yield hold
        finally:
            self._held_bytes -= own_bytes


async def off_loop_if_large(work: Callable[[], Checked], size_bytes: int) -> Checked:
    """The result of checking a request of this size; a large one is checked in a thread, so that it holds up nobody else's."""
    return work() if size_bytes <= _INLINE_BYTES else await asyncio.to_thread(work)
