"""Ports for servers under test. Must not know what listens on them."""

from __future__ import annotations

import socket


def free_ports(number: int) -> list[int]:
    """Ports of this machine that were free a moment ago, each another one."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
