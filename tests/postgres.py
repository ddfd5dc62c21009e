"""A PostgreSQL server of a test's own. Must not know what is kept in it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

_READY_S = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """Runs a server while the block lasts; gives SQLAlchemy's URL of its one database."""
    # It refuses to run as root, and root's own folders are closed to others.
    as_user: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="spanhouse-postgres-"))
    if as_user:
        shutil.chown(folder, "nobody")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    data = folder / "data"
    create = [str(programs / "initdb"), "--pgdata", str(data), "--auth", "trust", "--username", "spanhouse", "--no-sync"]
    serve = [
        str(programs / "postgres"),
        "-D",
        str(data),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-k",
        str(folder),
        "-c",
        "fsync=off",
    ]
    try:
        subprocess.run(create, cwd=folder, check=True, capture_output=True, **as_user)
        with subprocess.Popen(serve, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user) as process:
            try:
                _wait(port)
                yield f"postgresql+psycopg://spanhouse@127.0.0.1:{port}/postgres"
            finally:
                # Fast: it ends the connections that are open.
                process.send_signal(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    end_s = time.monotonic() + _READY_S
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="spanhouse", dbname="postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < end_s, "PostgreSQL does not answer"
            time.sleep(0.05)
        else:
            return
