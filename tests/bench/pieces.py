"""Finished pieces of a long bench, each kept in a file, so that a run that was ended goes on where it stopped.

A file is named by the piece and by a key of all that it was made from: a changed setting, stream or line of code is another key.
Must not know what a piece is, and is not for pieces that are measured in time.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol


class Array(Protocol):
    """As numpy's."""

    def tobytes(self) -> bytes:
        """Its values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What `work` makes, as JSON can hold it, from the arrays `given` by the `code`; nothing else may decide about it."""

    name: str
    given: Mapping[str, Array]
    code: Sequence[Path]
    work: Callable[[], Any]

    def file(self) -> str:
        """The name of its file."""
        key = sha256()
        for name, array in self.given.items():
            key.update(name.encode() + b"\0" + array.tobytes())
        for path in self.code:
            key.update(path.read_bytes())
        return f"{re.sub('[^a-z0-9.]+', '-', self.name.lower())}.{key.hexdigest()[:16]}.json"


def finish(pieces: Sequence[Piece], folder: Path) -> Iterator[Any]:
    """Yield what each piece made, in order, and say on stderr which is done; those that `folder` has are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    # All at once: code that is changed meanwhile is not what this process runs.
    files = [folder / piece.file() for piece in pieces]
    for number, (piece, kept) in enumerate(zip(pieces, files, strict=True), start=1):
        began = time.monotonic()
        if kept.exists():
            said = "kept from a run before"
        else:
            # Renamed when it is whole: a kill while it is written leaves nothing that counts.
            part = kept.with_suffix(".part")
            part.write_text(json.dumps(piece.work()), encoding="utf-8")
            part.replace(kept)
            said = f"{time.monotonic() - began:.0f} s"
        print(f"{piece.name} ({number} of {len(pieces)}): {said}", file=sys.stderr, flush=True)
        yield json.loads(kept.read_text(encoding="utf-8"))
