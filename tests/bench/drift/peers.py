"""The peers' environments: one for each library, under build/peers, made when it is not there.

What is installed is written in the file of the library's name beside this one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_ENVIRONMENTS = Path(__file__).resolve().parents[3] / "build" / "peers"


def run(library: str, script: str, *arguments: str | Path) -> None:
    """Runs a script of this folder with the library's interpreter. Raises CalledProcessError if it fails."""
    python = _ENVIRONMENTS / library / "bin" / "python"
    pins = _HERE / f"{library}.txt"
    made = _ENVIRONMENTS / library / ".made"
    if not made.exists() or made.read_bytes() != pins.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pins)], check=True)
        made.write_bytes(pins.read_bytes())
    subprocess.run([str(python), str(_HERE / script), *map(str, arguments)], check=True)
