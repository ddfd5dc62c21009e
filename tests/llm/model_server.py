"""Starts the small language model in a process of its own and says where it answers. Must not know who calls it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2

_MODEL = "SmolLM2-135M-Instruct"
_LOADING_TIMEOUT_S = 120
_POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServer:
    """An OpenAI-compatible server: `base_url` ends in /v1, any key will do, `model` is the name it answers with."""

    base_url: str
    model: str


@contextmanager
def running(log: Path) -> Iterator[ModelServer]:
    """The server, ready to answer; it ends with the block. What it says about itself goes to `log`."""
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tests.llm.serve_model", _MODEL],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError(f"the model's server ended before it was ready: {log.read_text(encoding='utf-8')[-2000:]}")
            wait_until_healthy(f"{address}/health")
            yield ModelServer(base_url=f"{address}/v1", model=_MODEL)
        finally:
            process.terminate()


def wait_until_healthy(url: str) -> None:
    """Returns when GET `url` answers 200. Raises TimeoutError when it has not done so within two minutes."""
    end_s = time.monotonic() + _LOADING_TIMEOUT_S
    while time.monotonic() < end_s:
        try:
            if httpx2.get(url, timeout=5).status_code == HTTPStatus.OK:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        time.sleep(_POLL_S)
    raise TimeoutError(f"{url} was not healthy within {_LOADING_TIMEOUT_S} s")
