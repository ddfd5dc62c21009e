"""Requests kept as files until they are delivered: one folder for each process, below one that several may share.

A process holds a lock on its folder for as long as it lives, so a folder whose lock is free belonged to one that is gone,
and whoever finds it takes over what lies in it. A file is complete from the moment it has its name; what a crash of the
machine did to it is seen by its checksum. Knows nothing of OpenTelemetry or HTTP, and needs a POSIX system.
"""

import contextlib
import fcntl
import os
import time
import uuid
import zlib
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_LOCK: Final = "lock"
_WHOLE: Final = ".batch"
_UNFINISHED: Final = ".part"
_CHECKSUM_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One request as it goes over the wire. ``encoding`` is the body's content encoding, or ""."""

    signal: str
    items: int
    encoding: str
    body: bytes


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Kept:
    """A parcel on the shelf, older ones first; what is known of it without reading it."""

    created_ns: int
    name: str
    signal: str = field(compare=False)
    items: int = field(compare=False)
    size_bytes: int = field(compare=False)


class Shelf:
    """The folder of this process, below ``root``. For one thread at a time; every method may raise OSError."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._folder = root / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._kept: list[Kept] = []
        self.size_bytes = 0
        hidden = root / f".{self._folder.name}"  # nobody may find the folder before its lock is held
        hidden.mkdir(mode=0o700)
        self._lock = os.open(hidden / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        hidden.rename(self._folder)

    def put(self, parcel: Parcel) -> None:
        """Writes the parcel; it is on the shelf for good when this returns, short of a crash of the machine."""
        created_ns = time.time_ns()
        stem = f"{created_ns:020d}_{uuid.uuid4().hex}_{parcel.signal}_{parcel.items}"
        content = bytes([len(parcel.encoding)]) + parcel.encoding.encode("ascii") + parcel.body
        unfinished = self._folder / (stem + _UNFINISHED)
        try:
            with open(unfinished, "xb", opener=_private) as file:
                file.write(zlib.crc32(content).to_bytes(_CHECKSUM_BYTES) + content)
            unfinished.rename(self._folder / (stem + _WHOLE))
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        self._add(_kept(stem + _WHOLE, len(content) + _CHECKSUM_BYTES))

    def oldest(self, *, besides: Kept | None = None) -> Kept | None:
        """The parcel that lies here longest, ``besides`` left out of account."""
        return next((kept for kept in self._kept if kept != besides), None)

    @property
    def items(self) -> int:
        """Items in all parcels."""
        return sum(kept.items for kept in self._kept)

    def read(self, kept: Kept) -> Parcel | None:
        """The parcel, or None when its file is damaged or gone."""
        try:
            written = (self._folder / kept.name).read_bytes()
        except FileNotFoundError:
            return None
        content = written[_CHECKSUM_BYTES:]
        if not content or zlib.crc32(content).to_bytes(_CHECKSUM_BYTES) != written[:_CHECKSUM_BYTES]:
            return None
        body_at = 1 + content[0]
        return Parcel(signal=kept.signal, items=kept.items, encoding=content[1:body_at].decode(), body=content[body_at:])

    def remove(self, kept: Kept) -> None:
        """Takes the parcel off the shelf."""
        self._kept.remove(kept)
        self.size_bytes -= kept.size_bytes
        (self._folder / kept.name).unlink(missing_ok=True)

    def adopt(self) -> list[Kept]:
        """Takes over what processes that are gone left behind; gives what they were still writing, which is lost."""
        unfinished: list[Kept] = []
        for folder in self._root.iterdir():
            if folder != self._folder and not folder.name.startswith("."):
                unfinished += self._adopt(folder)
        return unfinished

    def close(self) -> None:
        """Leaves the shelf: an empty folder goes, another is for the next process to find."""
        if not self._kept:
            _clear(self._folder)
        os.close(self._lock)

    def forget(self) -> None:
        """What a forked child does with its parent's shelf: the lock stays the parent's alone."""
        os.close(self._lock)

    def _adopt(self, folder: Path) -> list[Kept]:
        unfinished: list[Kept] = []
        with _locked(folder) as is_ours:
            for path in sorted(folder.iterdir()) if is_ours else ():
                with contextlib.suppress(FileNotFoundError, ValueError):  # ValueError: not a file of ours
                    left = _kept(path.name, path.stat().st_size)
                    if path.suffix == _WHOLE:
                        path.rename(self._folder / path.name)
                        self._add(left)
                    elif path.suffix == _UNFINISHED:
                        path.unlink()
                        unfinished.append(left)
            if is_ours:
                _clear(folder)
        return unfinished

    def _add(self, kept: Kept) -> None:
        insort(self._kept, kept)
        self.size_bytes += kept.size_bytes


def _kept(name: str, size_bytes: int) -> Kept:
    created_ns, _, signal, items = name.partition(".")[0].split("_")
    return Kept(created_ns=int(created_ns), name=name, signal=signal, items=int(items), size_bytes=size_bytes)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether the folder's lock was free, and ours until the block ends."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # no folder of ours, or gone meanwhile
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield folder.is_dir()
    finally:
        os.close(lock)


def _clear(folder: Path) -> None:
    with contextlib.suppress(OSError):  # somebody else's file lies in it: the folder stays
        (folder / _LOCK).unlink()
        folder.rmdir()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
