"""Alerts: the rules that come along, replayed over four made-up weeks with labelled incidents: how soon, and how often in vain.

STEP_S is the time between two evaluations in seconds (default 60), RULES the ids of those to replay (default all). A firing
counts for an incident if it begins within it or in the hour after; one that belongs to no incident is a false page. Drift is
measured by the job itself over the same weeks. Ends with 1 if an incident was missed or more than one false page came a week.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.storage import Query, State, Store, migrate
from spanhouse_dashboards.alerts import Rule, load_rules, replay
from spanhouse_dashboards.alerts.replay import whole_minutes
from spanhouse_dashboards.panels import TimeRange
from spanhouse_evaluators import tables as _declared  # noqa: F401 - importing it declares the drift job's tables
from spanhouse_evaluators.jobs.drift import DriftJob
from tests.bench.report import Report

_STEP_S = int(os.environ.get("STEP_S", "60"))
_RULES = [one for one in os.environ.get("RULES", "").split(",") if one]
_DAYS = 28
# The four weeks before this one: refused requests are kept for 30 days, so that older ones would not be there to be found.
_TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_START = _TODAY - timedelta(days=_DAYS + _TODAY.weekday())
_AFTERMATH = timedelta(hours=1)

Firing = tuple[datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong, in days and hours after the start."""

    name: str
    day: int
    from_hour: float
    to_hour: float

    @property
    def start(self) -> datetime:
        return _START + timedelta(days=self.day, hours=self.from_hour)

    def holds(self, at: datetime) -> bool:
        """Whether an alert that fires then may be about this."""
        return self.start <= at <= _START + timedelta(days=self.day, hours=self.to_hour) + _AFTERMATH

    def delays_min(self, fired: Iterable[Firing]) -> dict[str, float]:
        """Minutes until each rule fired that did, the soonest first."""
        found: dict[str, float] = {}
        for at, rule in sorted(fired):
            if self.holds(at):
                found.setdefault(rule, (at - self.start).total_seconds() / 60)
        return found


INCIDENTS = (
    Incident(name="latency ramp", day=8, from_hour=10, to_hour=14),
    Incident(name="provider outage", day=12, from_hour=15, to_hour=15.667),
    Incident(name="silent model swap", day=16, from_hour=10.25, to_hour=34.25),
    Incident(name="cost runaway", day=20, from_hour=9, to_hour=12),
    Incident(name="ingest refusals", day=22, from_hour=11, to_hour=11.5),
    Incident(name="evaluator outage", day=24, from_hour=12, to_hour=18),
    Incident(name="silence", day=26, from_hour=10, to_hour=12),
)


def main() -> int:
    """Runs the bench and prints the table."""
    report = Report("alerts")
    rules = [rule for rule in load_rules().rules if not _RULES or rule.id in _RULES]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"chdb://{folder}/store")
        migrate(store)
        seed(store)
        _measure_drift(store, folder)
        began_s = time.process_time()
        fired = _firings(store, rules)
        cpu_s = time.process_time() - began_s
        store.close()
    missed = 0
    for incident in INCIDENTS:
        delays = incident.delays_min(fired)
        missed += not delays
        report.add(f"{incident.name}: minutes until the first alert", next(iter(delays.values()), float("nan")))
        for rule, delay_min in delays.items():
            print(f"    {rule:<24} after {delay_min:5.0f} min")
    in_vain = [(at, rule) for at, rule in fired if not any(incident.holds(at) for incident in INCIDENTS)]
    for at, rule in in_vain:
        print(f"in vain: {rule} at {at:%Y-%m-%d %H:%M}")
    report.add("missed incidents", missed)
    report.add("false pages a week", len(in_vain) / (_DAYS / 7))
    report.add("rules", len(rules))
    report.add("evaluations of each rule", (_DAYS - 1) * 86_400 / _STEP_S)
    report.add("CPU seconds of the replay", cpu_s)
    report.write()
    return int(missed > 0 or len(in_vain) > _DAYS / 7)


def _firings(store: Store, rules: Sequence[Rule]) -> list[Firing]:
    time_range = whole_minutes(TimeRange(start=_START + timedelta(days=1), end=_START + timedelta(days=_DAYS)))
    return sorted(
        (occasion.at, rule.id)
        for rule in rules
        for occasion in replay(store, rule, project="default", time_range=time_range, step_s=_STEP_S)
        if occasion.instance.state == "firing"
    )


def seed(store: Store) -> None:
    """Fills the store with the four weeks, the rollup by the collector's own code."""
    rollup = Rollup(store, share=1.0)
    for number in range(_DAYS):
        day = _START + timedelta(days=number)
        for name in ("seed_incident_day", "seed_incident_scores", "seed_incident_refusals"):
            text = files("tests.bench").joinpath(f"{name}.sql").read_text(encoding="utf-8")
            store.execute(Query(name=name, text=text), {"day": day, "number": number})
        rollup.touch(("default", day + timedelta(minutes=minute)) for minute in range(24 * 60))
        rollup.refresh()


def _measure_drift(store: Store, folder: str) -> None:
    state = State(f"sqlite:///{folder}/state.db")
    state.create_tables()
    for _ in DriftJob(store=store, state=state).run("bench"):
        pass
    state.close()


if __name__ == "__main__":
    sys.exit(main())
