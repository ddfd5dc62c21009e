"""River's detectors over the bench's streams, in an environment of their own.

Called as `python drift_peers.py STREAMS ALARMS`: reads arrays by name from an .npz file, writes one JSON object with, for each
detector setting and stream, the indices of its alarms. Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Make = Callable[[], Any]


def settings() -> dict[str, Make]:
    """Each detector at several sensitivities, so that they can be compared at equal false alarms."""
    from river import drift  # type: ignore[import-not-found, unused-ignore]  # in the peers' environment

    return {
        **{f"ADWIN delta={delta}": partial(drift.ADWIN, delta=delta) for delta in (0.0002, 0.002, 0.02, 0.1)},
        **{f"Page-Hinkley threshold={at}": partial(drift.PageHinkley, threshold=at, mode="down") for at in (20, 30, 50, 100)},
        **{f"KSWIN alpha={alpha}": partial(drift.KSWIN, alpha=alpha, seed=1) for alpha in (0.005, 0.0001)},
    }


def alarms(make: Make, values: Sequence[float]) -> list[int]:
    """Returns the index of each alarm; the detectors start afresh by themselves."""
    detector, found = make(), []
    for index, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            found.append(index)
    return found


def main(streams: Path, output: Path) -> None:
    arrays = np.load(streams)
    found = {name: {key: alarms(make, arrays[key].tolist()) for key in arrays.files} for name, make in settings().items()}
    output.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
