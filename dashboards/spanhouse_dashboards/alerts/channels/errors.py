"""Why a message did not go out: for good (NotificationRefused, permanent) or for now (ReceiverAway, retryable).

Their texts never hold an address, which may be a secret.
"""

from __future__ import annotations

from spanhouse_collector.errors import PermanentError, RetryableError


class NotificationRefused(PermanentError):
    """The receiver will not take this notification."""


class ReceiverAway(RetryableError):
    """The receiver cannot be reached or asks to wait."""
