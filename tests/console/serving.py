"""A console for tests: an application over a store, with clock and other rooms' figures given by the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from spanhouse_collector.storage import Store
from spanhouse_dashboards.console import (
    AlertSilence,
    AlertState,
    Calibration,
    ConsoleDeps,
    EvaluatorRun,
    EvaluatorStanding,
    Figure,
    IngestCount,
    console_router,
)
from tests.console import traffic


@dataclass
class Console:
    """The console under test; what other rooms would tell is set by the test."""

    store: Store
    now: datetime = traffic.NOW
    project: str = "default"
    runs: list[EvaluatorRun] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    alerts: list[AlertState] = field(default_factory=list)
    standings: list[EvaluatorStanding] = field(default_factory=list)
    calibrations: list[Calibration] = field(default_factory=list)
    counts: list[IngestCount] = field(default_factory=list)
    silences: list[AlertSilence] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    may_change: bool = True
    grafana_url: str = ""
    refuse: Exception | None = None
    alerts_fail: Exception | None = None

    def __post_init__(self) -> None:
        self.app = FastAPI()
        deps = ConsoleDeps(
            store=self.store,
            project_of=self._project_of,
            clock=lambda: self.now,
            evaluator_runs=lambda _project, *, limit: self.runs[:limit],
            evaluator_standings=lambda _project: self.standings,
            calibrations=self._calibrations,
            ingest_counts=lambda: self.counts,
            ingest_figures=lambda: self.figures,
            alert_states=self._alert_states,
            alerts_firing=lambda project: sum(one.state == "firing" for one in self._alert_states(project)),
            alert_silences=lambda _project: self.silences,
            as_promised=lambda panel: panel,
            panel_asked=lambda project, page, _spent_s: self.asked.append((project, page)),
            may_change=lambda _request: self.may_change,
            grafana_url=self.grafana_url,
        )
        self.app.include_router(console_router(deps))
        self.client = TestClient(self.app)

    def text(self, path: str, status: int = 200) -> str:
        """The page at `path`, which answers with `status`."""
        reply = self.client.get(path)
        assert reply.status_code == status, reply.text
        return reply.text

    def _calibrations(self, _project: str, names: Sequence[str], *, since: datetime, until: datetime) -> list[Calibration]:
        return [one for one in self.calibrations if one.evaluator in names and since < until]

    def _alert_states(self, _project: str) -> list[AlertState]:
        if self.alerts_fail:
            raise self.alerts_fail
        return self.alerts

    def _project_of(self, _request: Request) -> str:
        if self.refuse:
            raise self.refuse
        return self.project
