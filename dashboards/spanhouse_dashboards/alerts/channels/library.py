"""The one door to apprise, which speaks to Slack, PagerDuty, e-mail and some hundred other services.

Must not know alerts. Addresses are as https://appriseit.com/services/ describes them; they hold secrets.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from spanhouse_dashboards.alerts.channels.errors import NotificationRefused, ReceiverAway

Mood = Literal["failure", "warning", "success", "info"]

_TYPES = {".png": "image/png", ".html": "text/html"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is sent. `body` is plain text, or HTML with `is_html`; `incident` joins notes about one matter, where that is known.

    `is_end` says that the matter is over, however that may be shown.
    `attachments` are contents by file name (.png or .html); services that take none get the text alone.
    """

    title: str
    body: str
    mood: Mood = "info"
    incident: str = ""
    is_end: bool = False
    is_html: bool = False
    attachments: Mapping[str, bytes] = field(default_factory=dict)


def is_usable(address: str) -> bool:
    """Whether the library knows a service for the address; asks nobody."""
    library = _library()
    return library.Apprise.instantiate(address, asset=_asset(library), suppress_exceptions=True) is not None


def notify(address: str, note: Note, *, timeout_s: float) -> None:
    """Sends the note. Blocks up to `timeout_s` for each step of the service's protocol.

    Raises NotificationRefused for an address that the library cannot use, ReceiverAway for any failure to send: why it failed
    the library says in its log alone, which may hold the secrets of the address and is therefore kept shut.
    """
    library = _library()
    service = library.Apprise.instantiate(address, asset=_asset(library), suppress_exceptions=True)
    if service is None:
        raise NotificationRefused("the contact's apprise address is none that the library can use; correct it")
    service.socket_connect_timeout = service.socket_read_timeout = timeout_s
    if note.incident and getattr(service, "dedup", "") is None:
        # PagerDuty: the end of an incident resolves what its beginning opened.
        service.dedup, service.action = note.incident, "resolve" if note.is_end else "map"
    files = [
        library.attachment.memory.AttachMemory(content=content, name=name, mimetype=_TYPES[name[name.rindex(".") :]])
        for name, content in note.attachments.items()
    ]
    form = library.NotifyFormat.HTML if note.is_html else library.NotifyFormat.TEXT
    one = library.Apprise(asset=_asset(library))
    one.add(service)
    is_sent = one.notify(
        body=note.body,
        title=note.title,
        notify_type=library.NotifyType(note.mood),
        body_format=form,
        attach=library.AppriseAttachment(files) if files else None,
    )
    if not is_sent:
        raise ReceiverAway("the service did not take the message; it is tried again")


@cache
def _library() -> Any:
    """The library, with its log shut. Loaded when something is sent: its services cost 20 MB of memory."""
    with warnings.catch_warnings():
        # One of its e-mail service's imports is deprecated in Python 3.11 and gone, with a substitute, in 3.13.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise
        import apprise.attachment.memory
        import apprise.plugins

        apprise.plugins.N_MGR.load_modules()
    logging.getLogger("apprise").disabled = True
    return apprise


def _asset(library: Any) -> Any:
    return library.AppriseAsset(app_id="Spanhouse", app_desc="Spanhouse", secure_logging=True, async_mode=False)
