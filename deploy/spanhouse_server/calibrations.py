"""Tells the console how evaluators stand beside people's scores.

What compares them brings scipy's statistics, so it is imported with the first page that has both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store
from spanhouse_dashboards.console.deps import Calibration, Estimate


def calibrations(store: Store, project: str, *, names: Sequence[str], since: datetime, until: datetime) -> list[Calibration]:
    """Of each name, the scores of its newest version and those by people, of what began from `since` to `until`, excluded."""
    from spanhouse_evaluators.labelled import Rule, Stored, calibrate_stored

    found = []
    for name in names:
        among = Stored(project=project, label=name, since=since, until=until)
        try:
            row: Mapping[str, Any] = calibrate_stored(store, name, among=among, rule=Rule(), in_brief=True)
        except InvalidRequest as error:
            # Labels in words of their own: which are good, only the command can be told.
            told = f"{str(error).rstrip('.')} to spanhouse calibrate {name}."
            found.append(Calibration(evaluator=name, version="", labelled=0, judged=0, reasons=[told]))
        else:
            found.append(_calibration(row))
    return found


def _calibration(row: Mapping[str, Any]) -> Calibration:
    shares = ("agreement", "kappa", "sensitivity", "specificity", "rate", "corrected_rate")
    return Calibration(
        evaluator=row["evaluator"],
        version=row["version"],
        labelled=row["n"],
        judged=row["judged"],
        baseline_agreement=_estimate(row["baseline"]["agreement"]),
        reasons=row["reasons"],
        **{share: _estimate(row[share]) for share in shares},
    )


def _estimate(found: Mapping[str, float] | None) -> Estimate | None:
    return None if found is None else Estimate(**found)
