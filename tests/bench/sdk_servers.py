"""The two servers of the SDK's bench, in a process of their own: a collector that forgets, and a fake OpenAI.

Prints their two URLs, one a line, and serves until its standard input ends.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.sdk import openai_server


class _Forgetful(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the table clean."""


def main() -> None:
    """Serves until standard input ends."""
    collector = ThreadingHTTPServer(("127.0.0.1", 0), _Forgetful)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    with openai_server.running() as openai_url:
        print(f"http://127.0.0.1:{collector.server_port}\n{openai_url}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
