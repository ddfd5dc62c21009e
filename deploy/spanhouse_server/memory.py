"""Gives back the memory that only starting needed.

The embedded engine's library is half a gigabyte of code, and starting walks through a good part of it. Those pages are
clean copies of a file: dropping them from the process costs a quick fault for each that is needed again (Linux, madvise(2),
MADV_DONTNEED on a private file mapping). Must not know what runs in the process.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_MADV_DONTNEED = 4
# Smaller libraries are not worth a call.
_LEAST_BYTES = 8 * 1024 * 1024


def release_startup_code() -> None:
    """Drops the code pages of large libraries. Does nothing elsewhere than on Linux; may be called at any time."""
    if not sys.platform.startswith("linux"):
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, size in _code(Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()):
        # A refusal leaves everything as it was, so there is nothing to handle.
        madvise(start, size, _MADV_DONTNEED)


def _code(maps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Start and size of the large mappings that hold code of a file (proc(5), /proc/pid/maps).

    Only executable ones that cannot be written: what the loader has changed in other parts of a library exists in memory
    alone and would be lost.
    """
    for line in maps:
        addresses, permissions, *_, path = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        if permissions == "r-xp" and path.startswith("/") and end - start >= _LEAST_BYTES:
            yield start, end - start
