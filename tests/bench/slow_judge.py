"""An OpenAI-compatible endpoint that takes a fixed time for each answer, in a process of its own, as real ones are.

Called as `python -m tests.bench.slow_judge LATENCY_S`. Prints its port, and answers until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

_VERDICT = json.dumps({"reason": "because", "verdict": "supported"})
_COMPLETION = json.dumps(
    {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": _VERDICT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }
).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_COMPLETION), _COMPLETION)


async def _serve(latency_s: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
                await reader.readexactly(int(sizes[0]))
                await asyncio.sleep(latency_s)
                writer.write(_ANSWER)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
