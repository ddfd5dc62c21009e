"""What the console needs from the rest of the house, as plain data and callables.

Must not know who provides any of it; the server wires it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from starlette.requests import Request

from spanhouse_collector.storage import Store

RunStatus = Literal["running", "finished", "failed", "skipped"]
FigureUnit = Literal["spans", "requests", "rows", "s", "bytes", "share", "count"]
FigureState = Literal["ok", "warning", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorRun:
    """One run of one evaluator. Counts are of what the run looked at; `message` says what went wrong, if anything did.

    `watermark` is up to when spans have been evaluated, `next_run_at` when the schedule comes round again.
    """

    evaluator: str
    version: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    selected: int = 0
    scored: int = 0
    failed: int = 0
    unscored: int = 0
    watermark: datetime | None = None
    next_run_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number about ingest: `label` names it, `note` says in a few words how to read it."""

    label: str
    value: float
    unit: FigureUnit
    state: FigureState = "ok"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """Where one rule stands in one segment. `state` is one of those of the `alerts` table."""

    rule: str
    title: str
    state: str
    severity: str = ""
    segment: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    threshold: float | None = None
    since: datetime | None = None
    message: str = ""


class EvaluatorRuns(Protocol):
    """The newest runs of a project, newest first, at most `limit`."""

    def __call__(self, project: str, /, *, limit: int) -> Sequence[EvaluatorRun]: ...


class IngestFigures(Protocol):
    """Lag, backlog, drops and rejects as they stand now, in the order in which they are shown."""

    def __call__(self) -> Sequence[Figure]: ...


class AlertStates(Protocol):
    """Every rule of a project in every segment it has seen."""

    def __call__(self, project: str, /) -> Sequence[AlertState]: ...


class ProjectOf(Protocol):
    """The project a request may read. Raises Unauthenticated or Forbidden."""

    def __call__(self, request: Request, /) -> str: ...


class Clock(Protocol):
    """The present as an aware datetime."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDeps:
    """Everything the console asks of others. All callables may block; pages run in worker threads."""

    store: Store
    project_of: ProjectOf
    clock: Clock
    evaluator_runs: EvaluatorRuns
    ingest_figures: IngestFigures
    alert_states: AlertStates
