"""Errors of the service.

    SpanhouseError
    ├── PermanentError          the same input always fails again: do not retry
    │   ├── InvalidRequest      the sender's bytes or arguments are wrong
    │   │   └── TooLarge        a body, a span or a value exceeds its limit
    │   ├── Unauthenticated     no key, or an unknown one
    │   ├── Forbidden           a known key that may not do this
    │   ├── NotFound            nothing has this name or id
    │   ├── InvalidSettings     a setting is wrong: key, value, unit, remedy
    │   └── QueryRejected       the store refuses a statement
    └── RetryableError          the same input may succeed later
        ├── StoreUnavailable    the store is away, still starting, or times out
        ├── Overloaded          a queue or the journal is full
        └── QuotaExceeded       a key has sent all that it may for now

Every message is one sentence that says what, which value, and what to do.
"""

from __future__ import annotations


class SpanhouseError(Exception):
    """Any error this service raises on purpose."""


class PermanentError(SpanhouseError):
    """The same input always fails again."""


class RetryableError(SpanhouseError):
    """The same input may succeed later; `retry_after_s` says when to try again, in seconds."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InvalidRequest(PermanentError):
    """The sender's bytes or arguments are wrong."""


class TooLarge(InvalidRequest):
    """A body, a span or a value exceeds its limit."""


class Unauthenticated(PermanentError):
    """No key was sent, or an unknown one."""


class Forbidden(PermanentError):
    """The key is known and may not do this."""


class NotFound(PermanentError):
    """Nothing has this name or id."""


class InvalidSettings(PermanentError):
    """A setting is wrong; the message names key, value, unit and remedy."""


class QueryRejected(PermanentError):
    """The store refuses a statement; `code` is ClickHouse's error code, 0 where it gave none."""

    def __init__(self, message: str, *, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class StoreUnavailable(RetryableError):
    """The store is away, still starting, or times out."""


class Overloaded(RetryableError):
    """A queue or the journal is full."""


class QuotaExceeded(RetryableError):
    """A key has sent all that it may for now."""
