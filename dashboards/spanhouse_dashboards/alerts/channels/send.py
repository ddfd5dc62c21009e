"""Sends a message to a contact over its channel. Must not know when to try again, nor what alerts are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from spanhouse_dashboards.alerts.channels import alertmanager, library, web
from spanhouse_dashboards.alerts.channels.errors import NotificationRefused, ReceiverAway
from spanhouse_dashboards.alerts.channels.library import Note
from spanhouse_dashboards.alerts.model import Contact
from spanhouse_dashboards.alerts.payload import body, is_end_without_data, title

__all__ = ["NotificationRefused", "ReceiverAway", "is_usable", "send"]


def is_usable(contact: Contact) -> bool:
    """Whether a message could be sent to the contact at all, as far as its address tells; asks nobody."""
    return contact.channel != "apprise" or library.is_usable(contact.address)


def send(contact: Contact, message: Mapping[str, Any], *, picture: Callable[[], bytes], timeout_s: float) -> None:
    """Sends the message; `picture` is drawn for channels that take pictures alone. Blocks up to `timeout_s` for each step.

    Raises NotificationRefused or ReceiverAway.
    """
    match contact.channel:
        case "webhook":
            web.post(contact.address, json.dumps(message).encode(), timeout_s=timeout_s)
        case "alertmanager":
            url = f"{contact.address.rstrip('/')}/api/v2/alerts"
            web.post(url, json.dumps(alertmanager.alerts(message)).encode(), timeout_s=timeout_s)
        case "apprise":
            note = Note(
                title=title(message),
                body=body(message),
                mood=_mood(message),
                is_end=message["status"] == "resolved",
                incident=message["incident"],
                attachments={"panel.png": drawn} if (drawn := picture()) else {},
            )
            library.notify(contact.address, note, timeout_s=timeout_s)


def _mood(message: Mapping[str, Any]) -> library.Mood:
    if message["status"] == "resolved":
        return "info" if is_end_without_data(message) else "success"
    return "failure" if message["labels"]["severity"] == "critical" else "warning"
