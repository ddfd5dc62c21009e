"""The console: pages a person reads in a browser, on the same port as the collector.

`console_router` makes the routes from `ConsoleDeps`, which names all that the console needs of the other rooms.
"""

from spanhouse_dashboards.console.deps import (
    AlertsFiring,
    AlertSilence,
    AlertSilences,
    AlertState,
    AlertStates,
    Calibration,
    Calibrations,
    Clock,
    ConsoleDeps,
    Estimate,
    EvaluatorRun,
    EvaluatorRuns,
    EvaluatorStanding,
    EvaluatorStandings,
    Figure,
    IngestCount,
    IngestCounts,
    IngestFigures,
    MayChange,
    ProjectOf,
)
from spanhouse_dashboards.console.missing import add_missing_page
from spanhouse_dashboards.console.router import console_router

__all__ = [
    "AlertSilence",
    "AlertSilences",
    "AlertState",
    "AlertStates",
    "AlertsFiring",
    "Calibration",
    "Calibrations",
    "Clock",
    "ConsoleDeps",
    "Estimate",
    "EvaluatorRun",
    "EvaluatorRuns",
    "EvaluatorStanding",
    "EvaluatorStandings",
    "Figure",
    "IngestCount",
    "IngestCounts",
    "IngestFigures",
    "MayChange",
    "ProjectOf",
    "add_missing_page",
    "console_router",
]
