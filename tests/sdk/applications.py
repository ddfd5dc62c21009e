"""Applications for tests: scripts in interpreters of their own, which may end in any way. Must not know what they trace."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import spanhouse

PREPARE = """
import os, signal, sys, time
import spanhouse
"""


def start(script: str, **variables: str) -> subprocess.Popen[str]:
    """Starts the script with `spanhouse` importable; its three streams are pipes."""
    environment = {**os.environ, "PYTHONPATH": str(Path(spanhouse.__file__).parents[1]), **variables}
    command = [sys.executable, "-c", PREPARE + script]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(script: str, *, status: int = 0, **variables: str) -> tuple[str, str]:
    """Runs the script to its end, which must be `status` (minus a signal's number), and gives what it wrote."""
    with start(script, **variables) as process:
        out, err = process.communicate()
    assert process.returncode == status, err
    return out, err


def wait_until_stopped(pid: int) -> None:
    """Returns when the process is stopped by a signal."""
    while Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ")[-1][0] != "T":
        time.sleep(0.01)


@contextmanager
def nobody() -> Iterator[str]:
    """The URL of a collector that is away: the port is taken, and nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"
