"""Posts JSON to an address. Must not know what it says, nor when to try again."""

from __future__ import annotations

import httpx2

from spanhouse_dashboards.alerts.channels.errors import NotificationRefused, ReceiverAway

# Answers that say "not now": request timeout, too early, too many requests.
_RETRYABLE_STATUS = frozenset({408, 425, 429})


def post(url: str, body: bytes, *, timeout_s: float) -> None:
    """Posts and returns on a 2xx answer. Each step (connect, send, answer) may take `timeout_s`; redirects are not followed.

    Raises NotificationRefused or ReceiverAway.
    """
    try:
        response = httpx2.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=timeout_s)
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise NotificationRefused(f"the contact's address cannot be used: {type(error).__name__}; correct it") from None
    except httpx2.TransportError as error:
        raise ReceiverAway(f"the receiver cannot be reached: {type(error).__name__}; it is tried again") from error
    if response.is_success:
        return
    if response.status_code >= 500 or response.status_code in _RETRYABLE_STATUS:
        raise ReceiverAway(f"the receiver answered {response.status_code}; it is tried again")
    raise NotificationRefused(f"the receiver answered {response.status_code}; correct its address or what receives it")
