"""Lets the application's threads run while a sending thread masks. Knows nothing of texts and rules.

Python's lock is taken from a thread after five milliseconds only (``sys.getswitchinterval``), which is a stall on an event loop
that waits for it.
"""

import threading
import time
from typing import Final

_LONGEST_TURN_S: Final = 0.001
_PAUSE_S: Final = 0.000_05  # a pause of zero is over before the system has woken another thread

_turn = threading.local()


def give_turn() -> None:
    """Pauses, if this thread had its turn for a millisecond. Never in the main thread, where an event loop may run."""
    now_s = time.monotonic()
    if now_s - getattr(_turn, "began_s", 0.0) < _LONGEST_TURN_S:
        return
    if threading.current_thread() is not threading.main_thread():
        time.sleep(_PAUSE_S)
    _turn.began_s = time.monotonic()
