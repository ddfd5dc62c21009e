"""Local mode: whether a request really comes from this machine's own programs and pages.

A page of a foreign site in the user's browser can send requests to loopback (DNS rebinding, cross-site forms); its Host
or Origin gives it away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def foreign(headers: Mapping[str, str], *, origins: Collection[str] = ()) -> str:
    """Why a request is refused in local mode, as one sentence; empty if it is not. Pages of `origins` are not foreign."""
    for header, url in (("Host", f"//{headers.get('host', 'localhost')}"), ("Origin", headers.get("origin", "//localhost"))):
        name = _host_name(url)
        if header == "Origin" and url in origins:
            continue
        if name not in _LOOPBACK_NAMES:
            return f"{header} {name!r} is not this machine; make a key with `spanhouse keys create` to serve others"
    return ""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    return host in _LOOPBACK_NAMES or host.startswith("127.")


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
