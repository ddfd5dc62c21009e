"""The peers' environments: one for each library, under build/peers, made when it is not there.

What is installed is written in the file of the library's name beside this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

_HERE = Path(__file__).parent
_ENVIRONMENTS = Path(__file__).resolve().parents[3] / "build" / "peers"


def code(library: str, script: str) -> tuple[Path, ...]:
    """The files that decide what the library's script answers."""
    return _HERE / script, _pins(library)


def ask(library: str, script: str, *arguments: str, arrays: Mapping[str, Any] | None = None) -> Any:
    """Returns what a script of this folder answers, with the library's interpreter.

    It is called with the arguments, a file of the arrays if there are any, and the file for its answer, which is JSON. Raises
    CalledProcessError if it fails.
    """
    with TemporaryDirectory() as folder:
        given, answer = Path(folder) / "given.npz", Path(folder) / "answer.json"
        if arrays is not None:
            np.savez(given, **dict(arrays))
        files = (answer,) if arrays is None else (given, answer)
        subprocess.run([str(_python(library)), str(_HERE / script), *arguments, *map(str, files)], check=True)
        return json.loads(answer.read_text(encoding="utf-8"))


def _pins(library: str) -> Path:
    return _HERE / f"{library}.txt"


def _python(library: str) -> Path:
    """Return the library's interpreter, in an environment with what is pinned now."""
    python = _ENVIRONMENTS / library / "bin" / "python"
    pins = _pins(library)
    made = _ENVIRONMENTS / library / ".made"
    if not made.exists() or made.read_bytes() != pins.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pins)], check=True)
        made.write_bytes(pins.read_bytes())
    return python
