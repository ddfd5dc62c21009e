"""The schedule: one runner at a time, what was missed is made up once, every run on record."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import State
from spanhouse_evaluators import tables
from spanhouse_evaluators.leases import Leases
from spanhouse_evaluators.runs import CUT_OFF, Counts, RunLog
from spanhouse_evaluators.schedule import Schedule


@dataclass(slots=True, kw_only=True)
class Probe:
    """A job that remembers its runs; the first ones fail with `error`, each takes until `release` is set."""

    name: str = "probe"
    interval_s: float = 3_600.0
    error: Exception | None = None
    ran: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def run(self, run_id: str) -> Iterator[Counts]:
        self.ran.append(run_id)
        self.started.set()
        assert self.release.wait(10)
        yield Counts(scored=2, nano_usd=300_000)
        if self.error is not None:
            raise self.error
        yield Counts(failed=1)


def probe(**fields: object) -> Probe:
    made = Probe(**fields)  # type: ignore[arg-type]  # keyword arguments of a test
    made.release.set()
    return made


def started_at(state: State, seconds_ago: float) -> None:
    with state.transaction() as transaction:
        transaction.execute(
            insert(tables.runs).values(run_id="old", job="probe", started_ms=time.time_ns() // 10**6 - int(seconds_ago * 1000))
        )


def planned_in_s(schedule: Schedule) -> float:
    at = schedule.next_run_at("probe")
    assert at is not None
    return (at - datetime.now(UTC)).total_seconds()


def number(state: State, asked: Select[int]) -> int:
    with state.transaction() as transaction:
        return transaction.execute(asked).scalar_one()


def test_a_run_is_on_record_with_its_counts(state: State) -> None:
    job = probe()
    (record,) = Schedule([job], state=state).run_once()
    assert (record.job, record.counts, record.error) == ("probe", Counts(scored=2, failed=1, nano_usd=300_000), "")
    assert record.run_id == job.ran[0]
    assert record.ended_ms is not None
    assert record.ended_ms >= record.started_ms
    assert RunLog(state).recent() == [record]


def test_a_job_that_raises_is_on_record_and_the_next_one_runs(state: State) -> None:
    broken, sound = probe(name="broken", error=ValueError("no store")), probe(name="sound")
    first, second = Schedule([broken, sound], state=state).run_once()
    assert (first.error, first.counts) == ("ValueError: no store", Counts(scored=2, nano_usd=300_000))
    assert second.error == ""


def test_a_stop_lets_the_running_job_finish_its_portion(state: State) -> None:
    job = Probe()
    schedule = Schedule([job], state=state)
    schedule.start()
    assert job.started.wait(10)
    stopper = threading.Thread(target=schedule.stop)
    stopper.start()
    while not schedule.is_stopping:  # ends at once, or with the test's time limit
        time.sleep(0.001)
    job.release.set()
    stopper.join()
    (record,) = RunLog(state).recent()
    assert (record.counts, record.error) == (Counts(scored=2, nano_usd=300_000), "")
    assert record.ended_ms is not None


def test_a_stop_while_looks_are_due_breaks_no_thread(state: State) -> None:
    """What a thread raises fails the test."""
    for _ in range(40):
        schedule = Schedule([probe(name=f"probe {number}") for number in range(4)], state=state)
        schedule.start()
        schedule.stop()


def test_only_the_named_jobs_run(state: State) -> None:
    one, two = probe(name="one"), probe(name="two")
    schedule = Schedule([one, two], state=state)
    schedule.run_once(["two"])
    assert (len(one.ran), len(two.ran)) == (0, 1)
    with pytest.raises(NotFound, match="no job 'three'; choose from one, two"):
        schedule.run_once(["three"])


def test_a_job_in_hand_is_left_to_its_runner(state: State) -> None:
    job = Probe()
    first, second = Schedule([job], state=state), Schedule([job], state=state)
    runner = threading.Thread(target=first.run_once)
    runner.start()
    assert job.started.wait(10)
    assert second.run_once() == []
    assert first.run_once() == []
    job.release.set()
    runner.join()
    assert len(second.run_once()) == 1
    assert len(job.ran) == 2


def test_the_lease_of_a_killed_runner_runs_out(state: State) -> None:
    with state.transaction() as transaction:
        transaction.execute(
            insert(tables.leases).values(job="probe", holder="killed", expires_ms=time.time_ns() // 10**6 + 60_000)
        )
    assert Schedule([probe()], state=state).run_once() == []
    with state.transaction() as transaction:
        transaction.execute(tables.leases.update().values(expires_ms=1))
    assert len(Schedule([probe()], state=state).run_once()) == 1


def test_a_due_run_is_started_by_the_first_who_looks_and_not_again_by_the_next(state: State) -> None:
    started_at(state, seconds_ago=7_200)
    first, second = Leases(state), Leases(state)
    with first.run("probe", every_s=3_600) as mine:
        assert mine is not None
    with second.run("probe", every_s=3_600) as late:
        assert late is None
    assert [record.run_id for record in RunLog(state).recent()] == [mine, "old"]


def test_a_run_that_was_cut_off_is_due_at_once_and_on_record_as_such(state: State) -> None:
    with pytest.raises(KeyboardInterrupt), Leases(state).run("probe") as cut_off:
        raise KeyboardInterrupt
    with state.transaction() as transaction:  # as if nobody had given it back
        transaction.execute(tables.leases.update().values(holder=cut_off, expires_ms=1))
    with Leases(state).run("probe", every_s=3_600) as again:
        assert again is not None
    with Leases(state).run("probe", every_s=3_600) as once_more:
        assert once_more is None
    by_id = {record.run_id: record for record in RunLog(state).recent()}
    assert by_id.keys() == {cut_off, again}
    assert by_id[str(cut_off)].error == CUT_OFF
    assert by_id[str(cut_off)].ended_ms == by_id[str(again)].started_ms


def test_a_job_is_looked_at_when_it_is_due_or_when_its_lease_ends(state: State) -> None:
    started_at(state, seconds_ago=60)
    started_ms = number(state, select(tables.runs.c.started_ms))
    leases = Leases(state)
    assert leases.due_ms("probe", every_s=3_600) == started_ms + 3_600_000
    with leases.run("probe"):
        expires_ms = number(state, select(tables.leases.c.expires_ms))
        assert leases.due_ms("probe", every_s=3_600) == expires_ms + 1


def test_a_lease_is_renewed_while_its_run_lasts(state: State) -> None:
    job = Probe()
    schedule = Schedule([job], state=state, lease_s=0.3)
    runner = threading.Thread(target=schedule.run_once)
    runner.start()
    assert job.started.wait(10)

    def expiry() -> int:
        return number(state, select(tables.leases.c.expires_ms))

    before = expiry()
    while expiry() == before:  # ends with the first renewal, or with the test's time limit
        time.sleep(0.01)
    job.release.set()
    runner.join()


def test_a_started_schedule_runs_what_was_never_run_at_once(state: State) -> None:
    job = probe()
    schedule = Schedule([job], state=state)
    schedule.start()
    assert job.started.wait(10)
    schedule.stop()
    schedule.stop()
    assert len(job.ran) == 1
    assert RunLog(state).recent()[0].error == ""


def test_a_job_that_is_left_for_later_begins_when_it_is_told_to(state: State) -> None:
    one, two = probe(name="one"), probe(name="two")
    schedule = Schedule([one, two], state=state)
    schedule.start(later=["two"])
    assert one.started.wait(10)
    assert schedule.next_run_at("two") is None
    schedule.begin(["two"])
    assert two.started.wait(10)
    schedule.stop()
    schedule.begin(["two"])
    assert (len(one.ran), len(two.ran)) == (1, 1)


def test_the_next_schedule_does_not_wait_for_a_job_that_the_former_one_has_in_hand(state: State) -> None:
    slow, quick = Probe(name="slow"), probe(name="quick")
    former, present = Schedule([slow], state=state), Schedule([slow, quick], state=state)
    former.start()
    assert slow.started.wait(10)
    former.halt()
    present.start()
    assert quick.started.wait(10)
    assert len(slow.ran) == 1
    slow.release.set()
    former.stop()
    present.stop()
    assert [record.error for record in RunLog(state).recent()] == ["", ""]


def test_runs_missed_while_nobody_was_there_are_made_up_once(state: State) -> None:
    started_at(state, seconds_ago=50 * 3_600)
    job = probe()
    schedule = Schedule([job], state=state)
    schedule.start()
    assert job.started.wait(10)
    schedule.stop()
    assert len(job.ran) == 1


def test_a_restart_does_not_run_what_is_not_due(state: State) -> None:
    started_at(state, seconds_ago=60)
    job = probe()
    schedule = Schedule([job], state=state)
    schedule.start()
    schedule.stop()
    assert job.ran == []


@pytest.fixture
def looks_are_over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a busy machine: the scheduler's thread goes on only when the look that it handed over is done."""
    submit = ThreadPoolExecutor.submit

    def submit_and_rest(pool: ThreadPoolExecutor, *call: Any, **named: Any) -> Future[Any]:
        future = submit(pool, *call, **named)
        wait([future], timeout=0.5)
        return future

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit_and_rest)


@pytest.mark.usefixtures("looks_are_over_at_once")
def test_a_job_that_another_runner_had_in_hand_is_looked_at_again_when_that_lease_ends(state: State) -> None:
    job = probe()
    with Leases(state, lease_s=1.5).run("probe"):
        schedule = Schedule([job], state=state, lease_s=1.5)
        schedule.start()
        time.sleep(2)
        assert not job.started.is_set()
    assert planned_in_s(schedule) < 3
    schedule.stop()


def test_a_state_database_that_was_away_when_a_job_was_due_does_not_cost_an_interval(state: State) -> None:
    job = probe()
    started_at(state, seconds_ago=job.interval_s - 3.0)
    schedule = Schedule([job], state=state)
    schedule.start()
    planned = schedule.next_run_at("probe")
    with state.transaction() as transaction:
        transaction.execute(text("ALTER TABLE evaluator_leases RENAME TO away"))
    assert not job.started.is_set()
    while schedule.next_run_at("probe") == planned:
        time.sleep(0.01)
    time.sleep(0.5)  # it has looked by then, in vain
    with state.transaction() as transaction:
        transaction.execute(text("ALTER TABLE away RENAME TO evaluator_leases"))
    assert job.started.wait(10)
    schedule.stop()


def test_the_log_keeps_the_newest_runs_of_each_job(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanhouse_evaluators.runs.KEEP_RUNS", 3)
    one, two = probe(name="one"), probe(name="two")
    schedule = Schedule([one, two], state=state)
    for _ in range(5):
        schedule.run_once()
        time.sleep(0.002)  # the log orders by milliseconds
    log = RunLog(state)
    assert [record.run_id for record in log.recent("one")] == one.ran[:-4:-1]
    assert len(log.recent("two")) == 3
