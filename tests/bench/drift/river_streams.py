"""River's detectors over the bench's streams, in an environment of their own.

Called as `python river_streams.py STREAMS ALARMS`: reads arrays by name from an .npz file, writes one JSON object with, for each
detector setting and stream, the indices of its alarms. `python river_streams.py --series SERIES` writes river's annotated series
instead. Imports nothing of ours.
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

#: Streams of a case, of either kind, that KSWIN is shown, which takes a hundred times as long.
_KSWIN_STREAMS = 3

#: 0.002 is its own default.
_ADWIN = (0.0002, 0.0006, 0.002, 0.006, 0.02, 0.05, 0.1, 0.2, 0.3)
#: Thresholds for each size of a change that is let pass; together they span one false alarm in 10,000 for every stream.
_PAGE_HINKLEY = {
    0.005: (3, 6, 12, 20, 28, 45),
    0.01: (2, 5, 10, 16, 22, 35),
    0.02: (2, 4, 8, 12, 16, 28),
    0.05: (1, 2.5, 5, 8, 11, 18),
}


def settings() -> dict[str, Make]:
    """Each detector at several sensitivities, so that they can be compared at equal false alarms."""
    from river import drift  # type: ignore[import-not-found, unused-ignore]  # in the peers' environment

    return {
        **{f"ADWIN delta={delta}": partial(drift.ADWIN, delta=delta) for delta in _ADWIN},
        **{
            f"Page-Hinkley delta={delta}, threshold={at}": partial(drift.PageHinkley, delta=delta, threshold=at, mode="down")
            for delta, thresholds in _PAGE_HINKLEY.items()
            for at in thresholds
        },
        **{f"KSWIN alpha={alpha}": partial(drift.KSWIN, alpha=alpha, seed=1) for alpha in (0.005, 0.0001)},
    }


def follows(name: str, key: str) -> bool:
    """Return whether a detector is shown a stream: KSWIN only the first of a case."""
    last = key.rsplit("/", 1)[1]
    return not name.startswith("KSWIN") or not last.isdigit() or int(last) < _KSWIN_STREAMS


def alarms(make: Make, values: Sequence[float]) -> list[int]:
    """Returns the index of each alarm; the detectors start afresh by themselves."""
    detector, found = make(), []
    for index, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            found.append(index)
    return found


def annotated_series() -> list[dict[str, Any]]:
    """Bundled series with the change points that people marked; `columns` hold the values, by name.

    Left out are Apple and BrentSpotPrice, whose marks refer to a coarser sampling than the values that river bundles.
    """
    from river.drift import datasets  # type: ignore[import-not-found, unused-ignore]  # in the peers' environment

    found = []
    for name in ("AirlinePassengers", "Bitcoin", "Occupancy", "RunLog", "UKCoalEmploy"):
        series = getattr(datasets, name)()
        rows = [target if isinstance(target, dict) else {"value": target} for _, target in series]
        columns = {column: [float(row[column]) for row in rows] for column in rows[0]}
        found.append({"name": name, "columns": columns, "marks": list(series.annotations.values())})
    return found


def main(streams: Path, output: Path) -> None:
    arrays = np.load(streams)
    found = {
        name: {key: alarms(make, arrays[key].tolist()) for key in arrays.files if follows(name, key)}
        for name, make in settings().items()
    }
    output.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--series":
        Path(sys.argv[2]).write_text(json.dumps(annotated_series()), encoding="utf-8")
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
