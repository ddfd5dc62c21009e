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

_PORTS: Final = {"http": 80, "https": 443}
_LOOK_S: Final = 1.0
_EMPTY_SETTINGS: Final = b"\0\0\0\x04\0\0\0\0\0"
_CLIENT_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _EMPTY_SETTINGS  # RFC 9113, section 3.4
_LENGTH_BYTES: Final = 3  # a frame's header begins with them; type, flags and stream follow: RFC 9113, section 4.1


def spoken_at(url: str) -> Spoken:
    """What is spoken at host and port of a URL, where that is not HTTP as it is sent; "" where nobody can tell.

    At an https:// URL that is the HTTP/2 of gRPC inside TLS, whoever's certificate is shown: nothing of the application is sent.

    Behind a proxy nobody looks: a connection without it may be what the network forbids. Blocks for up to some seconds.
    """
    there = urlsplit(url)
    if there.scheme not in _PORTS or there.hostname is None or _is_proxied(url):
        return ""
    address = (there.hostname, there.port or _PORTS[there.scheme])
    is_secure = there.scheme == "https"
    if not is_secure and _speaks_tls(address):
        return "tls"
    return "http/2" if _speaks_http2(address, is_secure=is_secure) else ""


def _is_proxied(url: str) -> bool:
    return requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) is not None


def _speaks_tls(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=_LOOK_S) as connection, _secured(connection, address[0]):
            return True
    except ssl.SSLError as error:  # it may want a certificate of ours, or another version, and says so in TLS
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def _speaks_http2(address: tuple[str, int], *, is_secure: bool) -> bool:
    """Whether the answer begins as a server's does, with the frame SETTINGS of the whole connection."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
        connection = opened.enter_context(socket.create_connection(address, timeout=_LOOK_S))
        if is_secure:
            connection = opened.enter_context(_secured(connection, address[0]))
        connection.sendall(_CLIENT_PREFACE)
        answer = opened.enter_context(connection.makefile("rb"))
        return answer.read(len(_EMPTY_SETTINGS))[_LENGTH_BYTES:] == _EMPTY_SETTINGS[_LENGTH_BYTES:]
    return False


def _secured(connection: socket.socket, name: str) -> ssl.SSLSocket:
    """The connection inside TLS; who is there does not matter here."""
    greeting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    greeting.check_hostname, greeting.verify_mode = False, ssl.CERT_NONE
    greeting.set_alpn_protocols(["h2"])  # without it a server of gRPC ends the connection: RFC 9113, section 3.2
    return greeting.wrap_socket(connection, server_hostname=name)
