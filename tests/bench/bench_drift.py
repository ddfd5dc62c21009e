"""Change detection beside river, Evidently and NannyML: false alarms against delay and power, in one run.

On streams the e-detector is told the objective and the others learn the level from the stream: that is its use, and its
advantage here; the rank-detector is ours too and is told nothing. Page-Hinkley is told the direction. Delays are compared at
one false alarm in 10,000 clean items, each peer by the family of its settings that is the fastest in that very case; the
interval of ours as a share of theirs is of draws of the streams.

The peers run in environments of their own under build/peers, which are made when they are not there. STREAMS sets how many
streams of each kind, TRIALS how many windows, PARTS which of streams, annotated and windows are run. What is finished
is kept under build/bench_drift, and a run that was ended goes on there. Writes a picture to build/bench_drift.png.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import vl_convert

from tests.bench.drift import annotated, streams, windows
from tests.bench.report import Report

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = _ROOT / "build" / "bench_drift"
_PARTS = os.environ.get("PARTS", "streams,annotated,windows").split(",")


def main() -> None:
    """Runs the bench, prints the tables and draws the picture."""
    report, points = Report("drift"), list[dict[str, object]]()
    if "streams" in _PARTS:
        points += streams.compare(report, _FOLDER)
    if "annotated" in _PARTS:
        points += annotated.compare(report, _FOLDER)
    if "windows" in _PARTS:
        windows.compare(report, _FOLDER)
    if points:
        _picture(points)
    report.write()


def _picture(points: Sequence[dict[str, object]]) -> None:
    spec = {
        "data": {"values": list(points)},
        "facet": {"field": "case", "type": "nominal", "title": None},
        "columns": 2,
        "spec": {
            "width": 320,
            "height": 220,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "false alarms per 10,000", "type": "quantitative", "scale": {"type": "symlog"}},
                "y": {"field": "mean delay", "type": "quantitative"},
                "color": {"field": "detector", "type": "nominal"},
            },
        },
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
    }
    path = _ROOT / "build" / "bench_drift.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(vl_convert.vegalite_to_png(spec))
    print(f"The picture is in {path.relative_to(_ROOT)}.")


if __name__ == "__main__":
    main()
