"""What is spoken at a port that answered a request with nothing that says why: TLS, or the HTTP/2 of gRPC.

One greeting each, and nothing that was to be sent. Knows nothing of exports.
"""

import contextlib
import socket
import ssl
from typing import Final, Literal
from urllib.parse import urlsplit

import requests

Spoken = Literal["tls", "http/2", ""]

_LOOK_S: Final = 1.0
_EMPTY_SETTINGS: Final = b"\0\0\0\x04\0\0\0\0\0"
_CLIENT_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _EMPTY_SETTINGS  # RFC 9113, section 3.4
_LENGTH_BYTES: Final = 3  # a frame's header begins with them; type, flags and stream follow: RFC 9113, section 4.1


def spoken_at(url: str) -> Spoken:
    """What is spoken at host and port of an http:// URL, where that is not HTTP as it is sent; "" where nobody can tell.

    Behind a proxy nobody looks: a connection without it may be what the network forbids. Blocks for up to some seconds.
    """
    there = urlsplit(url)
    if there.scheme != "http" or there.hostname is None or _is_proxied(url):
        return ""
    address = (there.hostname, there.port or 80)
    if _speaks_tls(address):
        return "tls"
    return "http/2" if _speaks_http2(address) else ""


def _is_proxied(url: str) -> bool:
    return requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) is not None


def _speaks_tls(address: tuple[str, int]) -> bool:
    greeting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    greeting.check_hostname, greeting.verify_mode = False, ssl.CERT_NONE  # whose it is does not matter here
    try:
        with (
            socket.create_connection(address, timeout=_LOOK_S) as connection,
            greeting.wrap_socket(connection, server_hostname=address[0]),
        ):
            return True
    except ssl.SSLError as error:  # it may want a certificate of ours, or another version, and says so in TLS
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def _speaks_http2(address: tuple[str, int]) -> bool:
    """Whether the answer begins as a server's does, with the frame SETTINGS of the whole connection."""
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=_LOOK_S) as connection:
        connection.sendall(_CLIENT_PREFACE)
        with connection.makefile("rb") as answer:
            begin = answer.read(len(_EMPTY_SETTINGS))
        return begin[_LENGTH_BYTES:] == _EMPTY_SETTINGS[_LENGTH_BYTES:]
    return False
