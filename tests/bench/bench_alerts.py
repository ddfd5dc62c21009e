"""Alerts: the rules that come along, replayed over four made-up weeks with labelled incidents: how soon, and how often in vain.

STEP_S is the time between two evaluations in seconds (default 600), RULES the ids of those to replay (default all). A firing
counts for an incident if it begins within it or in the hour after; one that belongs to no incident is a false page.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.storage import Query, Store, migrate
from spanhouse_dashboards.alerts import load_rules, replay
from spanhouse_dashboards.panels import TimeRange
from tests.bench.report import Report

_STEP_S = int(os.environ.get("STEP_S", "600"))
_RULES = [one for one in os.environ.get("RULES", "").split(",") if one]
_START = datetime(2026, 10, 5, tzinfo=UTC)
_DAYS = 28
_AFTERMATH = timedelta(hours=1)


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


INCIDENTS = (
    Incident(name="latency ramp", day=8, from_hour=10, to_hour=14),
    Incident(name="provider outage", day=12, from_hour=15, to_hour=15.667),
    Incident(name="silent model swap", day=16, from_hour=0, to_hour=24),
    Incident(name="cost runaway", day=20, from_hour=9, to_hour=12),
    Incident(name="evaluator outage", day=24, from_hour=12, to_hour=18),
    Incident(name="silence", day=26, from_hour=10, to_hour=12),
)


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("alerts")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"chdb://{folder}/store")
        migrate(store)
        _seed(store)
        fired = sorted(_firings(store))
        store.close()
    for incident in INCIDENTS:
        held = [(at, rule) for at, rule in fired if incident.holds(at)]
        delay_s = (held[0][0] - incident.start).total_seconds() if held else float("nan")
        report.add(f"{incident.name}: minutes until {held[0][1] if held else 'never'}", delay_s / 60)
    in_vain = [(at, rule) for at, rule in fired if not any(incident.holds(at) for incident in INCIDENTS)]
    for at, rule in in_vain:
        print(f"in vain: {rule} at {at:%Y-%m-%d %H:%M}")
    report.add("missed incidents", sum(not any(one.holds(at) for at, _ in fired) for one in INCIDENTS))
    report.add("false pages a week", len(in_vain) / (_DAYS / 7))
    report.write()


def _firings(store: Store) -> Iterable[tuple[datetime, str]]:
    time_range = TimeRange(start=_START + timedelta(days=1), end=_START + timedelta(days=_DAYS))
    for rule in (rule for rule in load_rules().rules if not _RULES or rule.id in _RULES):
        for occasion in replay(store, rule, project="default", time_range=time_range, step_s=_STEP_S):
            if occasion.instance.state == "firing":
                yield occasion.at, rule.id


def _seed(store: Store) -> None:
    rollup = Rollup(store, share=1.0)
    for number in range(_DAYS):
        day = _START + timedelta(days=number)
        for name in ("seed_incident_day", "seed_incident_scores"):
            text = files("tests.bench").joinpath(f"{name}.sql").read_text(encoding="utf-8")
            store.execute(Query(name=name, text=text), {"day": day, "number": number})
        rollup.touch(("default", day + timedelta(minutes=minute)) for minute in range(24 * 60))
        rollup.refresh()


if __name__ == "__main__":
    main()
