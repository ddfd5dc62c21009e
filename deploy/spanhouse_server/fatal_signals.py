"""Lets the process end of what it cannot survive.

The embedded engine takes the signals of a crash for its own: it refuses every statement from then on and ends nothing, so that no
supervisor would start the process anew, and with it the journal's replay.
"""

from __future__ import annotations

import ctypes
import faulthandler
import signal
import sys
from typing import Final

_FATAL: Final = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
_STDERR: Final = 2


def end_on_fatal_signals() -> None:
    """Has a crash end the process by its signal, after the stacks of Python's threads are written to stderr.

    For a process that is the service's own, once the engine has started. From any thread; does nothing on Windows.
    """
    if sys.platform == "win32":
        return
    faulthandler.disable()
    # Python's own function would only do for the main thread.
    set_handler = ctypes.CDLL(None).signal
    set_handler.argtypes = (ctypes.c_int, ctypes.c_void_p)
    for number in _FATAL:
        set_handler(number, None)  # SIG_DFL is a null pointer
    faulthandler.enable(file=_STDERR)
