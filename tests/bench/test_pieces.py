"""A long bench that is killed goes on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.bench.pieces import Piece, finish

_ROOT = Path(__file__).resolve().parents[2]


def _piece(name: str, value: object, code: Path, given: bytes = b"1") -> Piece:
    return Piece(name=name, given={"x": memoryview(given)}, code=[code], work=lambda: value)


def test_a_run_that_was_killed_goes_on_with_the_piece_that_it_did_not_finish(tmp_path: Path) -> None:
    code, kept = tmp_path / "code", tmp_path / "kept"
    code.write_text("one")
    killed = f"""
import os
from pathlib import Path
from tests.bench.test_pieces import Piece, _piece, finish
code = Path({str(code)!r})
last = Piece(name="second", given={{}}, code=[code], work=lambda: os.kill(os.getpid(), 9))
list(finish([_piece("first", [1], code), last], Path({str(kept)!r})))
"""
    ended = subprocess.run([sys.executable, "-c", killed], capture_output=True, text=True, check=False, cwd=_ROOT)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stderr.startswith("first (1 of 2): ")
    assert list(finish([_piece("first", "made again", code), _piece("second", [2], code)], kept)) == [[1], [2]]


def test_a_piece_is_kept_as_long_as_what_it_was_made_from(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.write_text("one")

    def made(value: str, given: bytes = b"1") -> object:
        return next(finish([_piece("first", value, code, given)], tmp_path / "kept"))

    assert [made("a"), made("b"), made("c", b"2")] == ["a", "a", "c"]
    code.write_text("two")
    assert made("d") == "d"
