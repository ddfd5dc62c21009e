"""Evidently's and NannyML's drift scores of pairs of windows, each library in an environment of its own.

Called as `python window_peers.py LIBRARY WINDOWS SCORES`: reads `reference/R` and `current/N/FACTOR/TRIAL` from an .npz file, the
reference of a trial being its number modulo the number of references; writes one JSON object with, for each method and window,
its score (higher is more drift) and its own verdict. Imports nothing of ours; what it compares with is not in our environment.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

# Both libraries report their use unless told not to; it must be said before they are imported.
os.environ.update(DO_NOT_TRACK="1", NML_DISABLE_USAGE_LOGGING="1")

# A window's key, a method's name, its score and whether it calls that drift.
Found = Iterator[tuple[str, str, float, bool]]


def pairs(arrays: Any) -> Iterator[tuple[str, Any, Any]]:
    """The key, the reference and the values of each window."""
    references = [arrays[key] for key in sorted(arrays.files) if key.startswith("reference/")]
    for key in sorted(name for name in arrays.files if name.startswith("current/")):
        yield key, references[int(key.rsplit("/", 1)[1]) % len(references)], arrays[key]


def evidently_scores(arrays: Any) -> Found:
    """Its default for large references (normed Wasserstein, 0.1) and three more, each with its own threshold."""
    evidently, metrics, pandas = map(import_module, ("evidently", "evidently.metrics", "pandas"))
    definition = evidently.DataDefinition(numerical_columns=["x"])
    # The p-value of "ks" falls with drift.
    methods = {"wasserstein": (1, 0.1), "psi": (1, 0.1), "jensenshannon": (1, 0.1), "ks": (-1, -0.05)}
    report = evidently.Report([metrics.ValueDrift(column="x", method=method) for method in methods])
    for key, reference, current in pairs(arrays):
        windows = [
            evidently.Dataset.from_pandas(pandas.DataFrame({"x": values}), data_definition=definition)
            for values in (current, reference)
        ]
        found = report.run(*windows).dict()["metrics"]
        for (method, (sign, threshold)), metric in zip(methods.items(), found, strict=True):
            score = sign * float(metric["value"])
            yield key, f"Evidently {method}", score, score >= threshold


def nannyml_scores(arrays: Any) -> Found:
    """All its continuous methods, thresholds from chunks of the reference as long as the window."""
    nannyml, pandas = import_module("nannyml"), import_module("pandas")
    methods = ["kolmogorov_smirnov", "jensen_shannon", "wasserstein", "hellinger"]
    fitted: dict[tuple[int, int], Any] = {}
    for key, reference, current in pairs(arrays):
        which = (id(reference), len(current))
        if which not in fitted:
            calculator = nannyml.UnivariateDriftCalculator(
                column_names=["x"], continuous_methods=methods, chunk_size=len(current)
            )
            fitted[which] = calculator.fit(pandas.DataFrame({"x": reference}))
        found = fitted[which].calculate(pandas.DataFrame({"x": current})).filter(period="analysis").to_df()["x"]
        for method in methods:
            yield key, f"NannyML {method}", float(found[method]["value"].iloc[0]), bool(found[method]["alert"].iloc[0])


LIBRARIES: dict[str, Callable[[Any], Found]] = {"evidently": evidently_scores, "nannyml": nannyml_scores}


def main(library: str, windows: Path, output: Path) -> None:
    # Both warn about what these windows are meant to be: few and small.
    warnings.simplefilter("ignore")
    scores: dict[str, dict[str, tuple[float, bool]]] = {}
    for key, method, score, is_drift in LIBRARIES[library](np.load(windows)):
        scores.setdefault(method, {})[key] = (score, is_drift)
    output.write_text(json.dumps(scores), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
