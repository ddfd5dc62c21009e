"""A server that forks its workers, as gunicorn does, with and without loading the application first; one of them is killed."""

import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO

import pytest

from tests.sdk import applications
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

# A worker prints its pid when it is ready, and answers with it when what it made is on disk or sent. It ends by SystemExit, as
# gunicorn's do. The arbiter prints its port, and replaces a worker that is gone.
SERVER = """
import socket

def work():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    begin_worker()
    os.write(1, f"{os.getpid()}\\n".encode())  # at once, also where nothing is buffered: the other worker writes, too
    made = 0
    while True:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"!")
            with spanhouse.span(connection.recv(100).decode()):
                pass
            made += 1
            while True:
                report = spanhouse.report()
                if report.spooled + report.sent.get("spans", 0) >= made:
                    break
                time.sleep(0.002)
            connection.sendall(str(os.getpid()).encode())

def fork_worker():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    child = os.fork()
    if child == 0:
        work()
    workers.add(child)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

def stop(*_):
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    for worker in workers:
        assert os.waitpid(worker, 0)[1] == 0
    sys.exit(0)

begin_arbiter()
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
workers = set()
fork_worker()
fork_worker()
signal.signal(signal.SIGTERM, stop)
while True:
    gone, _ = os.wait()
    workers.remove(gone)
    fork_worker()
"""
AWAY = [502] * 10_000
_STOP_S = 10


@contextmanager
def serving(receiver: Receiver, spool: Path, *, preload: bool) -> Iterator[tuple[int, IO[str]]]:
    """The server's port, and what it prints then: the pids of workers. It ends well with the block."""
    begin = f"lambda: spanhouse.init({receiver.url!r}, instrument=False, spool_dir={str(spool)!r})"
    nothing = "lambda: None"
    script = f"begin_arbiter = {begin if preload else nothing}\nbegin_worker = {nothing if preload else begin}\n{SERVER}"
    with applications.start(script, OTEL_BSP_SCHEDULE_DELAY="5") as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process.stdout
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0


def ask_both(port: int, name: str) -> list[int]:
    """One request to each of the two workers: a span ``name`` and a number. Gives their pids.

    A worker serves one at a time, so once both have greeted, neither can have the other's.
    """
    with ExitStack() as opened:
        connections = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2)]
        assert [connection.recv(1) for connection in connections] == [b"!", b"!"]
        for number, connection in enumerate(connections):
            connection.sendall(f"{name} {number}".encode())
        return [int(connection.recv(100)) for connection in connections]


@pytest.mark.parametrize("preload", [False, True], ids=["each loads", "preload"])
def test_what_a_killed_worker_had_spooled_is_sent_by_the_others_once(receiver: Receiver, tmp_path: Path, preload: bool) -> None:
    receiver.answers = list(AWAY)
    with serving(receiver, tmp_path, preload=preload) as (port, printed):
        killed, left = int(printed.readline()), int(printed.readline())
        for round_ in range(5):
            assert sorted(ask_both(port, f"before {round_}")) == sorted([killed, left])
        os.kill(killed, signal.SIGKILL)
        new = int(printed.readline())
        assert receiver.spans == []
        receiver.answers = []
        assert sorted(ask_both(port, "after")) == sorted([left, new])
    rounds = [*(f"before {round_}" for round_ in range(5)), "after"]
    assert Counter(span.name for span in receiver.spans) == Counter(f"{name} {number}" for name in rounds for number in range(2))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
