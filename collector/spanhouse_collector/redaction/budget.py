"""How long one value may occupy a CPU. Its own time alone counts, so that a busy machine costs no value its content."""

from __future__ import annotations

import time


class Budget:
    """So many seconds of CPU time of the thread that makes it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end_s = time.thread_time() + seconds

    def check(self) -> None:
        """Raises TimeoutError once the time is spent."""
        if time.thread_time() > self._end_s:
            raise TimeoutError(f"the value takes more than {self._seconds} s")
