"""A forward proxy for tests: opens tunnels for CONNECT and keeps whom they were for."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(slots=True, kw_only=True)
class Proxy:
    """Its address, and each ``host:port`` that a tunnel was opened to. ``refuses`` answers 403 instead."""

    url: str = ""
    tunnels: list[str] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def running() -> Iterator[Proxy]:
    """Listens on a free port of the loopback interface until the block ends."""
    proxy = Proxy()

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if proxy.refuses:
                self.send_error(403)
                return
            host, _, port = self.path.rpartition(":")
            proxy.tunnels.append(self.path)
            with socket.create_connection((host, int(port))) as far:
                self.send_response(200)
                self.end_headers()
                _carry(self.connection, far)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _carry(near: socket.socket, far: socket.socket) -> None:
    """Hands bytes on in both directions until one side closes."""
    while True:
        ready, _, _ = select.select([near, far], [], [])
        for side in ready:
            piece = side.recv(65_536)
            if not piece:
                return
            (far if side is near else near).sendall(piece)
