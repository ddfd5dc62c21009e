"""The network gate: no socket reaches out without the marker `net`, and none ever leaves this machine.

Watches Python's own sockets through an audit hook, which no library can get around by importing early. Sockets that
native code opens (gRPC, the engine) are not seen.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

from tests.gates.gate import Gate

network_gate = Gate("net")

_WATCHED = frozenset({"socket.connect", "socket.bind", "socket.sendto"})


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
        if isinstance(host, bytes):
            host = host.decode()
        _check(event, str(host or "localhost"))
    elif event in _WATCHED and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        _check(event, str(arguments[1][0]))


def _check(event: str, host: str) -> None:
    if not network_gate.guards_a_test:
        return
    network_gate.check(f"{event} to {host!r}")
    if not _is_this_machine(host):
        network_gate.refuse(f"{event} to {host!r}; tests speak to this machine only")


sys.addaudithook(_audit)
