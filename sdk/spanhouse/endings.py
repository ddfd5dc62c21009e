"""The end of an application's span processor when its process ends: in a thread of its own, waited for up to a bound.

OpenTelemetry's ``shutdown`` of a processor takes no time limit, and Python starts no thread any more while it ends: so the
thread is there from the beginning. Knows nothing of spans.
"""

import contextlib
import queue
import threading
from collections.abc import Callable

from spanhouse import faults, forks


class Ending:
    """One ``action`` that is taken once, when asked for, while others go on; ``of`` names whose it is, for people.

    What it raises is recorded as a fault. Where there are no threads, it is taken by whoever asks.
    """

    def __init__(self, action: Callable[[], None], *, of: str) -> None:
        self.of = of
        self._action = action
        self._begin()
        forks.in_children(self._begin)

    def _begin(self) -> None:
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        # Not "spanhouse-…": exporters that log from threads of that name are kept quiet, and this one is the application's.
        self._thread = threading.Thread(target=self._run, name=f"end of {self.of}", daemon=True)
        with contextlib.suppress(RuntimeError):  # no threads here, or none any more
            self._thread.start()

    def ask(self) -> None:
        """Has the action taken. Returns at once where there are threads."""
        self._asked.put(None)
        if self._thread.ident is None:
            self._run()

    def wait(self, timeout_s: float) -> bool:
        """Whether the action is over by then; it was asked for."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._asked.get()
        try:
            self._action()
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the application's own processor, at its very end
            faults.record("processor.shutdown", error)
