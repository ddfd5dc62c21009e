"""Senders that are slow, many, or gone halfway: each gets what it is due, and nobody else waits for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.otlp.messages import span, traces
from tests.otlp.sender import PROTOBUF, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

SLOW_SENDERS = 64


class SlowSender:
    """A connection that sends a request as slowly as it is told."""

    def __init__(self, sender: Sender, name: str) -> None:
        self._body = traces(span(name, {"text": "x" * 2_000})).SerializeToString()
        self._socket = socket.create_connection(("127.0.0.1", sender.server.service.http_port), timeout=15)
        head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PROTOBUF}\r\nConnection: close\r\n"
        head += f"Authorization: Bearer {sender.key}\r\nContent-Length: {len(self._body)}\r\n\r\n"
        self._socket.sendall(head.encode() + self._body[:1_000])

    def finish(self) -> bytes:
        """Sends the rest and gives the response's first line."""
        self._socket.sendall(self._body[1_000:])
        with self._socket.makefile("rb") as answer:
            return answer.readline()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def slow(sender: Sender) -> Iterator[list[SlowSender]]:
    with ExitStack() as opened:
        senders = []
        for number in range(SLOW_SENDERS):
            senders.append(SlowSender(sender, f"slow {number}"))
            opened.callback(senders[-1].close)
        yield senders


def test_slow_senders_hold_up_nobody_and_are_served_in_the_end(sender: Sender, slow: list[SlowSender]) -> None:
    for number in range(10):
        sender.accept(traces(span(f"quick {number}")))
    assert len(sender.stored()) == 10
    assert {one.finish() for one in slow} == {b"HTTP/1.1 200 OK\r\n"}
    assert len(sender.stored()) == 10 + SLOW_SENDERS


def test_senders_that_hang_up_halfway_leave_nothing(sender: Sender, slow: list[SlowSender]) -> None:
    for one in slow:
        one.close()
    sender.accept(traces(span("after")))
    assert [row["name"] for row in sender.stored()] == ["after"]


def test_a_sender_that_does_not_wait_for_its_answer_disturbs_nobody(sender: Sender, slow: list[SlowSender]) -> None:
    for one in slow:
        one._socket.sendall(one._body[1_000:])
        one.close()
    sender.accept(traces(span("after")))
    assert "after" in {row["name"] for row in sender.stored()}
