"""A real mail server on this machine that keeps what it takes."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """`mails` holds what came; `address` is how the notification library is told of it; `answer` is what the next mail gets."""

    def __init__(self, port: int) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 taken"
        self.address = f"mailto://127.0.0.1:{port}?from=spanhouse@example.org&to=oncall@example.org"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        if self.answer.startswith("250"):
            self.mails.append(email.message_from_bytes(content, policy=policy.default))
        return self.answer


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mailbox that takes mail until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    box = Mailbox(port)
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box
    finally:
        server.stop()
