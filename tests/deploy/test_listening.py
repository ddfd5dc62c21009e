"""The ports that the service opens."""

from __future__ import annotations

import asyncio
import socket

import pytest

from spanhouse_server.service import listen

pytestmark = pytest.mark.net


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_in_two_pieces_does_not_wait_for_the_first_to_be_acknowledged(host: str) -> None:
    """Linux acknowledges after 40 ms what is not answered, and an HTTP answer is its headers and its body."""

    async def accepted_without_delay() -> bool:
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accepted(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen(host, 0, setting="http_port")
        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            is_set = await told
            writer.close()
        return bool(is_set)

    assert asyncio.run(accepted_without_delay())
