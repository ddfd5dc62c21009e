"""Captures what real instrumentation sends about calls of a fake model: python -m tests.corpus.capture.run [NAME ...].

Each application runs in an environment of its own under build/corpus/, made from the pins beside it; what it exports goes
to tests/corpus/ as it came, less what tells about this machine. Without names, everything is captured again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.corpus.capture import servers
from tests.corpus.capture.captures import CAPTURES, Capture
from tests.corpus.capture.scrub import scrubbed

CORPUS = Path(__file__).resolve().parents[1]
REPOSITORY = CORPUS.parents[1]
APPS = CORPUS / "capture" / "apps"
ENVIRONMENTS = REPOSITORY / "build" / "corpus"
_TIMEOUT_S = 180


def main(names: list[str]) -> None:
    wanted = [capture for capture in CAPTURES if not names or capture.name in names]
    unknown = set(names) - {capture.name for capture in wanted}
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: no such capture; there are {', '.join(each.name for each in CAPTURES)}")
    for capture in wanted:
        _save(capture, _captured(capture))


def _captured(capture: Capture) -> servers.Received:
    command = _command(capture)
    # Outside the repository, since some clients look up the commit that they run from.
    with servers.model() as model_url, servers.sink() as (sink_url, received), TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "PYTHONPATH": str(REPOSITORY)}
        environment |= {name: value.format(model=model_url, sink=sink_url) for name, value in capture.environment.items()}
        subprocess.run(command, env=environment, check=True, timeout=_TIMEOUT_S, cwd=folder)
    return received


def _save(capture: Capture, received: servers.Received) -> None:
    replacements = {str(ENVIRONMENTS): "/app", str(REPOSITORY): "/app"}
    for signal, suffix, bodies in (("traces", "", received.traces), ("logs", ".logs", received.logs)):
        if not bodies:
            continue
        target = CORPUS / f"{capture.name}{suffix}.otlp"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(scrubbed(signal, b"".join(bodies), replacements))
        print(f"{target.relative_to(REPOSITORY)}: {target.stat().st_size} bytes")


def _command(capture: Capture) -> list[str]:
    """What runs the capture's application, once its environment is there."""
    app = APPS / capture.app
    if (app / "package.json").exists():
        return ["node", str(_node_environment(app) / capture.script)]
    return [str(_python_environment(app)), str(app / capture.script)]


def _python_environment(app: Path) -> Path:
    """The interpreter of the environment made from an application's requirements.txt; made again when those change."""
    pins = app / "requirements.txt"
    folder = ENVIRONMENTS / f"{app.name}-{_digest(pins)}"
    interpreter = folder / "bin" / "python"
    done = folder / "done"
    if not done.exists():
        uv = [sys.executable, "-m", "uv"]
        settings = {**os.environ, "UV_SYSTEM_CERTS": "1"}
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", "3.11", str(folder)], check=True, env=settings)
        install = [*uv, "pip", "install", "--quiet", "--no-deps", "--python", str(interpreter), "--requirement", str(pins)]
        subprocess.run(install, check=True, env=settings)
        done.touch()
    return interpreter


def _node_environment(app: Path) -> Path:
    """A copy of an application's folder with its packages installed; made again when one of its files changes."""
    files = sorted(path for path in app.iterdir() if path.is_file())
    folder = ENVIRONMENTS / f"{app.name}-{_digest(*files)}"
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            (folder / path.name).write_bytes(path.read_bytes())
        subprocess.run(["npm", "ci", "--silent", "--no-fund", "--no-audit", "--ignore-scripts"], check=True, cwd=folder)
        done.touch()
    return folder


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


if __name__ == "__main__":
    main(sys.argv[1:])
