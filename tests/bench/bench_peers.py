"""What other SDKs add to a call of the OpenAI client, beside ours: same client, same servers, each in its own environment.

Environments are made in .venv/peers/ from the pins in tests/bench/peers/requirements/. Medians over the blocks, with the
interval that nineteen of twenty resamples of the blocks fall into; where intervals overlap, no order is claimed.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.bench_sdk import servers
from tests.bench.report import Report

_ROOT = Path(__file__).parents[2]
_HERE = Path(__file__).parent / "peers"
_ENVIRONMENTS = _ROOT / ".venv/peers"
_BLOCKS = os.environ.get("BLOCKS", "21")
_CALLS = os.environ.get("CLIENT_CALLS", "60")
_RESAMPLES = 2_000


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("peers")
    wanted = os.environ.get("PEERS", "").split() or sorted(path.stem for path in (_HERE / "requirements").glob("*.txt"))
    ours_high_us = float("inf")
    with servers() as (collector_url, openai_url):
        for peer in ["spanhouse", *(name for name in wanted if name != "spanhouse")]:
            command = [_python_of(peer), str(_HERE / "drive.py"), peer, openai_url, collector_url, _BLOCKS, _CALLS]
            done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=_ENVIRONMENTS)
            if done.returncode:
                print(f"{peer}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            added_us = json.loads(done.stdout.splitlines()[-1])["added_us"]
            low_us, high_us = _interval(added_us)
            report.add(f"{peer}: added to a call, CPU µs", statistics.median(added_us))
            report.add(f"{peer}: from", low_us)
            report.add(f"{peer}: to", high_us)
            if peer == "spanhouse":
                ours_high_us = high_us
            else:
                report.add(f"{peer}: our interval's end / the begin of its own", ours_high_us / low_us, most=1)
    report.write()


def _python_of(peer: str) -> str:
    """The interpreter of the peer's environment, which is made where it is lacking."""
    _ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    if peer == "spanhouse":
        return sys.executable
    python = _ENVIRONMENTS / peer / "bin/python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(python.parents[1])], check=True)
        pins = str(_HERE / f"requirements/{peer}.txt")
        variables = {**os.environ, "UV_SYSTEM_CERTS": "1"}
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", pins], check=True, env=variables
        )
    return str(python)


def _interval(blocks: list[float]) -> tuple[float, float]:
    """Where the median lies in 95 of 100 resamples."""
    drawn = random.Random(7)
    medians = sorted(statistics.median(drawn.choices(blocks, k=len(blocks))) for _ in range(_RESAMPLES))
    return medians[_RESAMPLES // 40], medians[-_RESAMPLES // 40 - 1]


if __name__ == "__main__":
    main()
