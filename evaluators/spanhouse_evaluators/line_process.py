"""A program beside this process that answers lines of JSON, and is ended when it takes too long.

Must not know what is asked of it.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from spanhouse_evaluators.contract import FailureKind

MAX_ANSWER_CHARS = 4_000_000
"""An answer is a few scores and their reasons; a program that writes without an end must not fill the memory here."""

Document = Mapping[str, Any]


class NoAnswer(Exception):
    """The program gave no answer and was ended; `kind` says whether it was too late, or died, or wrote something else."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class LineProcess:
    """One program, started by the first question. One question at a time; `end` may be called twice and from any thread.

    `environment` is all that the program sees of one; `None` gives it that of this process. What it starts itself belongs to
    its session and ends with it.
    """

    def __init__(self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not been ended."""
        return self._process is not None

    def exchange(self, message: Document, *, limit_s: float, reply: Callable[[Document], Document] | None = None) -> Document:
        """Return the answer to a message. Raises NoAnswer after `limit_s` seconds, and when the program dies.

        While answers have the key `asks` they are questions of the program's own, and `reply` answers them.
        """
        process = self._started()
        is_late = threading.Event()
        watchdog = threading.Timer(limit_s, self._give_up, (process, is_late))
        watchdog.start()
        try:
            answer = self._spoken(process, message)
            while reply is not None and "asks" in answer:
                answer = self._spoken(process, reply(answer))
            return answer
        except (OSError, ValueError, TypeError) as error:
            self.end()
            if is_late.is_set():
                raise NoAnswer(FailureKind.TIMEOUT, f"{self._name} gave no answer within {limit_s:g} s") from None
            ended = f"the process of {self._name} ended without an answer ({_how(process)})"
            raise NoAnswer(FailureKind.CRASH, ended) from error
        finally:
            watchdog.cancel()

    def end(self) -> None:
        """End the program and all that it started."""
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            # Closes the pipes and waits, so that nothing of it is left. A pipe may still hold what was not written.
            with suppress(BrokenPipeError), process:
                pass

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - a program of our own, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=self._environment,
                start_new_session=True,
            )
        return self._process

    def _give_up(self, process: subprocess.Popen[str], is_late: threading.Event) -> None:
        is_late.set()
        _kill(process)

    @staticmethod
    def _spoken(process: subprocess.Popen[str], message: Document) -> Document:
        """Return the next line's document. Raises OSError, ValueError or TypeError when there is none."""
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both were asked for
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        line = process.stdout.readline(MAX_ANSWER_CHARS)
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise TypeError(f"answered with {line[:100]!r}")
        return answer


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how(process: subprocess.Popen[str]) -> str:
    """Return how the process came to its end; its own code, unless it still lived and was ended for what it wrote."""
    code = process.returncode
    if code is None or code == -signal.SIGKILL:
        return "killed"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
