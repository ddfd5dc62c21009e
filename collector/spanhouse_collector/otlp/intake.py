"""What the transports need of the rest: someone who says which project a sender may write, and someone who keeps requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from spanhouse_collector.otlp.protobuf import Checked, Signal


class Intake(Protocol):
    """Keeps checked requests. When `keep` returns, the request is on disk; it raises RetryableError if it cannot be."""

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None: ...


class Authorize(Protocol):
    """Gives the project that these headers (lower-case names) may write to.

    Raises Unauthenticated without a valid key, Forbidden if the key may not write.
    """

    def __call__(self, headers: Mapping[str, str]) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """What every OTLP transport is built from."""

    intake: Intake
    authorize: Authorize
    #: Largest request in bytes, also after decompression.
    max_body_bytes: int
