"""Something done again and again, in a thread of its own. Must not know what."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from spanhouse_collector.errors import SpanhouseError

logger = logging.getLogger(__name__)


class Periodic:
    """Acts every `every_s` seconds until it is stopped, for the first time after as long.

    A SpanhouseError is logged as `<name>_failed` with the name's dashes as underscores, and the next time is tried as any other.
    """

    def __init__(self, act: Callable[[], object], *, every_s: float, name: str) -> None:
        self._act = act
        self._every_s = every_s
        self._failed = f"{name.replace('-', '_')}_failed"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once what is being done is done. May be called twice, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._act()
            except SpanhouseError as error:
                logger.warning(self._failed, extra={"error": str(error)})
