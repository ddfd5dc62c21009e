"""A disk whose power can be cut: a file system of its own, in a file. Linux and root only."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from pathlib import Path

SIZE_BYTES = 2 << 30
# FS_IOC_SHUTDOWN of Linux (include/uapi/linux/fs.h), and its flag NOLOGFLUSH: nothing more is written, the file system's own
# journal included. From then on it answers EIO, and what it never wrote is gone once it is mounted again.
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2
_TOOLS = "/usr/sbin:/sbin:/usr/bin:/bin"


def can_be_had() -> bool:
    """Whether this process may make such a disk."""
    return os.geteuid() == 0 and Path("/dev/loop-control").exists() and shutil.which("mkfs.ext4", path=_TOOLS) is not None


class Disk:
    """An ext4 file system in a file beside `folder`, which is mounted there until `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._image = folder.with_suffix(".img")
        with self._image.open("wb") as image:
            image.truncate(SIZE_BYTES)
        folder.mkdir()
        _run("mkfs.ext4", "-q", str(self._image))
        self._mount()

    def cut_power(self) -> None:
        """Loses what is not written by now; whoever has files open here finds them broken."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def restore_power(self) -> None:
        """Mounts it again, as a machine does that starts; nobody may have files open."""
        self.close()
        self._mount()

    def close(self) -> None:
        """Unmounts it."""
        _run("umount", str(self.folder))

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))


def _run(tool: str, *arguments: str) -> None:
    subprocess.run([str(shutil.which(tool, path=_TOOLS)), *arguments], check=True)
