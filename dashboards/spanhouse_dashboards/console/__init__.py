"""The console: pages a person reads in a browser, on the same port as the collector.

`console_router` makes the routes from `ConsoleDeps`, which names all that the console needs of the other rooms.
"""

from spanhouse_dashboards.console.deps import (
    AlertState,
    AlertStates,
    Clock,
    ConsoleDeps,
    EvaluatorRun,
    EvaluatorRuns,
    Figure,
    IngestFigures,
    ProjectOf,
)
from spanhouse_dashboards.console.router import console_router

__all__ = [
    "AlertState",
    "AlertStates",
    "Clock",
    "ConsoleDeps",
    "EvaluatorRun",
    "EvaluatorRuns",
    "Figure",
    "IngestFigures",
    "ProjectOf",
    "console_router",
]
