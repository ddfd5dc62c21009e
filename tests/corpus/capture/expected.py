"""Writes what the collector must make of each capture, beside it: python -m tests.corpus.capture.expected.

Written from what the applications did and what the published packages record, never from what the collector gave.
"""

from __future__ import annotations

import json

from tests.corpus.capture.captures import CAPTURES, Capture
from tests.corpus.capture.documented import SOURCES
from tests.corpus.capture.expectations import agents, openinference, openllmetry, otel, others
from tests.corpus.capture.run import APPS, CORPUS

_CAPTURES = {capture.name: capture for capture in CAPTURES}
EXPECTED = {**otel.EXPECTED, **openinference.EXPECTED, **openllmetry.EXPECTED, **others.EXPECTED, **agents.EXPECTED}


def written(name: str) -> str:
    """The text of a recording's .expected.json."""
    spans = [{"name": span, "row": row} for span, row in EXPECTED[name]]
    if name in SOURCES:
        origin: dict[str, object] = {"source": "documented", "made_after": SOURCES[name]}
    else:
        origin = {"source": "recorded", "packages": _packages(_CAPTURES[name])}
    return json.dumps({**origin, "spans": spans}, indent=1, ensure_ascii=False) + "\n"


def _packages(capture: Capture) -> dict[str, str]:
    """Versions of the packages that recorded it, from the pins of its environment."""
    app = APPS / capture.app
    if (app / "package-lock.json").exists():
        locked = json.loads((app / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        return {name: locked[f"node_modules/{name}"]["version"] for name in capture.recorders}
    pins = dict(line.split("==") for line in (app / "requirements.txt").read_text(encoding="utf-8").splitlines())
    return {name: pins[name] for name in capture.recorders}


def index() -> str:
    """The text of RECORDINGS.md: what there is, and what recorded it."""
    lines = ["# Recordings", "", "| recording | recorded by | expected spans |", "| --- | --- | --- |"]
    for name in sorted(EXPECTED):
        if name in SOURCES:
            origin = f"after {SOURCES[name]}"
        else:
            origin = ", ".join(f"{package} {version}" for package, version in _packages(_CAPTURES[name]).items())
        lines.append(f"| `{name}` | {origin} | {len(EXPECTED[name])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (CORPUS / "RECORDINGS.md").write_text(index(), encoding="utf-8")
    for name in EXPECTED:
        (CORPUS / f"{name}.expected.json").write_text(written(name), encoding="utf-8")
