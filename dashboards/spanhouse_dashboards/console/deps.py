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
from spanhouse_dashboards.panels import Panel

RunStatus = Literal["running", "finished", "failed", "skipped"]
FigureUnit = Literal["spans", "requests", "rows", "s", "bytes", "share", "count"]
FigureState = Literal["ok", "warning", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorRun:
    """One run of one evaluator. Counts are of what the run looked at; `message` says what went wrong, if anything did.

    `cost_usd` is what its evaluations cost; 0 where nobody was paid.
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
    cost_usd: float = 0.0
    watermark: datetime | None = None
    next_run_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorStanding:
    """How far one evaluator is in a project. `job` names the runs it takes part in.

    `backlog` counts the spans it has still to look at; `read_until` is up to when it has read what is new, `backfilled_until`
    how far its oldest backfill is. `cost_usd` and `calls` of models are of today (UTC), over all projects; `cap_usd` is the most
    that today may cost, `None` without such a cap.
    """

    evaluator: str
    version: str
    job: str
    backlog: int
    read_until: datetime | None = None
    backfilled_until: datetime | None = None
    next_run_at: datetime | None = None
    cost_usd: float = 0.0
    cap_usd: float | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How an evaluator's newest version stands beside the people who scored the same items under its name.

    `labelled` items have both. `rate` is the share of good ones among all that it judged, `corrected_rate` that share with the
    evaluator's errors counted in. Of the lexical baseline there is the agreement alone. What cannot be told is None, and
    `reasons` has a sentence for it.
    """

    evaluator: str
    version: str
    labelled: int
    judged: int
    agreement: Estimate | None = None
    kappa: Estimate | None = None
    sensitivity: Estimate | None = None
    specificity: Estimate | None = None
    rate: Estimate | None = None
    corrected_rate: Estimate | None = None
    baseline_agreement: Estimate | None = None
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCount:
    """How often ingest left something out, refused or hid it since the process started: `what` was done, and `why` or to what."""

    what: str
    why: str
    times: int


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
    """Where one rule stands in one segment. `state` is one of those of the `alerts` table.

    `description` says what the rule watches, `limit` in words what its value is held against, in `unit` as Grafana names it;
    `panel` is the id of the panel that shows what is watched. In the state `error` the message says why nothing is known.
    `acknowledged_by` is who looks after it, empty where nobody does; `note` is what they want the others to know.
    """

    rule: str
    title: str
    state: str
    description: str = ""
    severity: str = ""
    segment: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    limit: str = ""
    unit: str = ""
    panel: str = ""
    runbook: str = ""
    since: datetime | None = None
    message: str = ""
    acknowledged_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSilence:
    """Until `ends_at` nobody is told of `rule` (empty: of any rule) in segments with these labels (none: anywhere)."""

    id: int
    rule: str
    segment: Mapping[str, str]
    ends_at: datetime
    reason: str


class EvaluatorRuns(Protocol):
    """The newest runs of a project, newest first, at most `limit`."""

    def __call__(self, project: str, /, *, limit: int) -> Sequence[EvaluatorRun]: ...


class EvaluatorStandings(Protocol):
    """A project's evaluators; none where this process runs none."""

    def __call__(self, project: str, /) -> Sequence[EvaluatorStanding]: ...


class Calibrations(Protocol):
    """How a project's evaluators of these names stand beside people's scores of what began from `since` to `until`, excluded."""

    def __call__(self, project: str, names: Sequence[str], /, *, since: datetime, until: datetime) -> Sequence[Calibration]: ...


class IngestCounts(Protocol):
    """What ingest has counted, in the order in which it is shown."""

    def __call__(self) -> Sequence[IngestCount]: ...


class IngestFigures(Protocol):
    """Lag, backlog, drops and rejects as they stand now, in the order in which they are shown."""

    def __call__(self) -> Sequence[Figure]: ...


class AlertStates(Protocol):
    """Every rule of a project in every segment it has seen."""

    def __call__(self, project: str, /) -> Sequence[AlertState]: ...


class AlertsFiring(Protocol):
    """In how many segments a project's rules fire; every page asks, so it is to be known at once."""

    def __call__(self, project: str, /) -> int: ...


class AlertSilences(Protocol):
    """A project's silences that have not ended, those that end first before the others."""

    def __call__(self, project: str, /) -> Sequence[AlertSilence]: ...


class AsPromised(Protocol):
    """A panel with what the alert rules of this service promise as its constants."""

    def __call__(self, panel: Panel, /) -> Panel: ...


class PanelAsked(Protocol):
    """Is told of each panel that a page of a project was asked for, and how many seconds its statement took."""

    def __call__(self, project: str, page: str, spent_s: float, /) -> None: ...


class MayChange(Protocol):
    """Whether a request may change what its project's alerts do; it may read."""

    def __call__(self, request: Request, /) -> bool: ...


class ProjectOf(Protocol):
    """The project a request may read. Raises Unauthenticated or Forbidden."""

    def __call__(self, request: Request, /) -> str: ...


class Clock(Protocol):
    """The present as an aware datetime."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDeps:
    """Everything the console asks of others. All callables may block; pages run in worker threads.

    `grafana_url` is a Grafana that has our dashboards, without a slash at its end; '' where none is known.
    """

    store: Store
    project_of: ProjectOf
    clock: Clock
    evaluator_runs: EvaluatorRuns
    evaluator_standings: EvaluatorStandings
    calibrations: Calibrations
    ingest_figures: IngestFigures
    ingest_counts: IngestCounts
    alert_states: AlertStates
    alerts_firing: AlertsFiring
    alert_silences: AlertSilences
    as_promised: AsPromised
    panel_asked: PanelAsked
    may_change: MayChange
    grafana_url: str = ""
