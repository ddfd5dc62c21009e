"""Gives back the memory that only starting needed, and leaves the rest of it alone from then on.

The embedded engine's library is half a gigabyte of code and tables, and starting walks through a good part of it. Those pages
are clean copies of a file: dropping them from the process costs a quick fault for each that is needed again (Linux, madvise(2),
MADV_DONTNEED on a private file mapping). What starting allocated and freed again, the C library keeps until it is told otherwise
(malloc_trim(3)). Must not know what runs in the process.
"""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_MADV_DONTNEED = 4
# Smaller libraries are not worth a call.
_LEAST_BYTES = 8 * 1024 * 1024
# The first line of a mapping of a file that can be read or run and not be written.
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-[-x]p .* /")


def release_startup_memory() -> None:
    """Drops the code and constants of large libraries, and what is allocated and free.

    Does nothing elsewhere than on Linux; may be called at any time.
    """
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None, use_errno=True)
    # Only glibc has it.
    if trim := getattr(library, "malloc_trim", None):
        trim(ctypes.c_size_t(0))
    madvise = library.madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, size in _clean(Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()):
        # A refusal leaves everything as it was, so there is nothing to handle.
        madvise(start, size, _MADV_DONTNEED)


def spare_startup_objects() -> None:
    """Leaves what is there now out of garbage collections, for a process that is the service's own and has started.

    A full collection looks through some 160,000 objects of modules and routes that live as long as the process, and holds every
    thread meanwhile, for 120 ms on a busy core: so much longer took the page that met one.
    """
    gc.freeze()


def _clean(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Start and size of the large mappings that hold nothing but what stands in a file (proc(5), /proc/pid/smaps).

    Only those that cannot be written and of which no page is anonymous: what the loader has changed in a library exists in
    memory alone and would be lost.
    """
    start = end = 0
    for line in smaps:
        if found := _MAPPING.match(line):
            start, end = (int(address, 16) for address in found.groups())
        elif line.startswith("Anonymous:"):
            if end - start >= _LEAST_BYTES and line.split()[1] == "0":
                yield start, end - start
            start = end = 0
