"""What begins anew in a forked child: threads and locks of the parent are of no use there. Knows nothing of who begins."""

import os
import weakref
from collections.abc import Callable


def in_children(begin: Callable[[], None]) -> None:
    """Calls the method ``begin`` in each child, for as long as its object lives. Does nothing where the system has no fork."""
    if not hasattr(os, "register_at_fork"):
        return
    method = weakref.WeakMethod(begin)

    def begin_again() -> None:
        if alive := method():
            alive()

    os.register_at_fork(after_in_child=begin_again)
