"""Gives back the memory that only starting needed and what was freed since, and leaves the rest of it alone.

The embedded engine's library is half a gigabyte of code and tables, and starting walks through a good part of it. Those pages
are clean copies of a file: dropping them from the process costs a quick fault for each that is needed again (Linux, madvise(2),
MADV_DONTNEED on a private file mapping). What starting allocated and freed again, the C library keeps until it is told otherwise
(malloc_trim(3)). Must not know what runs in the process.

Ten minutes of full load left either allocator with more freed pages than at their begin, so the service tells both once a minute.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import sys
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

_MADV_DONTNEED = 4
# Smaller libraries are not worth a call.
_LEAST_BYTES = 8 * 1024 * 1024
# The first line of a mapping of a file that can be read or run and not be written.
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ \S+ +(/.*)")


def release_startup_memory() -> None:
    """Drops the code and constants of large libraries, and what is allocated and free.

    Does nothing elsewhere than on Linux; may be called at any time.
    """
    if not sys.platform.startswith("linux"):
        return
    release_freed_memory()
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    # Which are loaded is asked first: what is loaded meanwhile is left for the next time.
    files = _loaded()
    for start, size in _clean(Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines(), files):
        # A refusal leaves everything as it was, so there is nothing to handle.
        madvise(start, size, _MADV_DONTNEED)


def release_freed_memory() -> None:
    """Gives back what the C library keeps of what was freed; does nothing where it is not glibc. May be called at any time."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(ctypes.c_size_t(0))


def spare_startup_objects() -> None:
    """Leaves what is there now out of garbage collections, for a process that is the service's own and has started.

    A full collection looks through some 160,000 objects of modules and routes that live as long as the process, and holds every
    thread meanwhile, for 120 ms on a busy core: so much longer took the page that met one.
    """
    gc.freeze()


def _loaded() -> frozenset[str]:
    """The files of extension modules that are loaded, which stay where they are mapped for as long as the process lives."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return frozenset(os.path.realpath(file) for file in files if isinstance(file, str) and file.endswith(".so"))


def _clean(smaps: Iterable[str], files: Container[str]) -> Iterator[tuple[int, int]]:
    """Start and size of the large mappings of these files that hold nothing but what stands there (proc(5), /proc/pid/smaps).

    Only those that cannot be written and of which no page is anonymous: what the loader has changed in a library exists in
    memory alone and would be lost. Of any other file another thread may put memory of its own in the mapping's place before it is
    dropped, as the loader does with a library that it is about to load.
    """
    start = end = 0
    for line in smaps:
        if found := _MAPPING.match(line):
            start, end = (int(address, 16) for address in found.groups()[:2]) if found[3] in files else (0, 0)
        elif line.startswith("Anonymous:"):
            if end - start >= _LEAST_BYTES and line.split()[1] == "0":
                yield start, end - start
            start = end = 0
