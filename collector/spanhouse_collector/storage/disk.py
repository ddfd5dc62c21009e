"""Has a disk take what was written. Must not know what that was."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def sync_file_system(path: Path) -> None:
    """Waits until all that was written to the file system `path` lies on is on its disk. Raises OSError if the disk refuses.

    One call for any number of files (syncfs(2), on Linux). Elsewhere sync(2) is asked, which may return while the system still
    writes: there a power cut is not covered.
    """
    sync = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if sync is None:
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if sync(ctypes.c_int(descriptor)) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)
