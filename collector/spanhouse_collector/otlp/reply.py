"""Errors as OTLP tells them: one table from our errors to HTTP status and gRPC code (opentelemetry-proto 1.11, "Failures").

Retryable answers are 429 and 503 only; anything else tells a client to drop its data.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from spanhouse_collector.errors import (
    Forbidden,
    InvalidRequest,
    Overloaded,
    QuotaExceeded,
    RetryableError,
    SpanhouseError,
    StoreUnavailable,
    TooLarge,
    Unauthenticated,
)

logger = logging.getLogger(__name__)

# google.rpc.Code
INVALID_ARGUMENT = 3
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
UNAUTHENTICATED = 16

# The specification bounds a response at 4 MiB; an error message has no reason to come near.
_MAX_MESSAGE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How an error is told: HTTP status, gRPC code, message, and seconds until a retry (None: do not retry)."""

    http_status: int
    code: int
    message: str
    retry_after_s: int | None = None


_TABLE: tuple[tuple[type[SpanhouseError], int, int], ...] = (
    (TooLarge, 413, RESOURCE_EXHAUSTED),
    (InvalidRequest, 400, INVALID_ARGUMENT),
    (Unauthenticated, 401, UNAUTHENTICATED),
    (Forbidden, 403, PERMISSION_DENIED),
    (QuotaExceeded, 429, RESOURCE_EXHAUSTED),
    (Overloaded, 503, UNAVAILABLE),
    (RetryableError, 503, UNAVAILABLE),
)


def failure(error: Exception) -> Failure:
    """How this error is told. What is none of ours is a fault in here: it is logged, and the sender may try again."""
    if not isinstance(error, SpanhouseError):
        logger.error("request_failed", extra={"error": type(error).__name__}, exc_info=error)
        error = StoreUnavailable("the collector met a fault of its own; send again, and report it if it stays", retry_after_s=1)
    status, code = next(((status, code) for kind, status, code in _TABLE if isinstance(error, kind)), (503, UNAVAILABLE))
    retry_after_s = error.retry_after_s if isinstance(error, RetryableError) else None
    return Failure(http_status=status, code=code, message=str(error)[:_MAX_MESSAGE_CHARACTERS], retry_after_s=retry_after_s)
