"""What the bench of change detection is made of: streams, windows, annotated series, and the peers' side of each."""

from pathlib import Path

import spanhouse_evaluators

_EVALUATORS = Path(spanhouse_evaluators.__file__).parent
OURS = (
    Path(__file__).resolve().parents[3] / "constraints.txt",
    _EVALUATORS / "detect.py",
    *sorted((_EVALUATORS / "drift").glob("*.py")),
)
"""The files that decide what our own detectors and tests find."""
