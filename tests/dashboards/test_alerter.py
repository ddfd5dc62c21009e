"""The built-in alerter end to end: seeded spans, real store, state in SQLite, a real webhook receiver; only the clock is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_collector.storage import Query, State, Store
from spanhouse_dashboards.alerts import (
    Alerter,
    Contact,
    RuleBook,
    Silence,
    add_silence,
    end_silence,
    load_rules,
    replay,
    silences,
)
from spanhouse_dashboards.alerts.acknowledgements import Acknowledgement, acknowledge, acknowledgements
from spanhouse_dashboards.alerts.delivery import Courier
from spanhouse_dashboards.alerts.message import sentence
from spanhouse_dashboards.alerts.picture import WIDTH_PIXELS, picture_of
from spanhouse_dashboards.alerts.timings import MuteTiming
from spanhouse_dashboards.panels import TimeRange
from tests.dashboards.seeds import NOON, call, store_calls
from tests.dashboards.webhook_receiver import Receiver, receiver

pytestmark = [pytest.mark.store, pytest.mark.net]

_ERRORS = next(rule for rule in load_rules().rules if rule.id == "llm-error-rate")
_HISTORY = Query(
    name="history",
    text="-- test\nSELECT state, changed_at FROM alerts ORDER BY changed_at",
)


class Clock:
    """Says the time it is set to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


class Watch:
    """An alerter and its courier, as one process would hold them."""

    def __init__(self, alerter: Alerter) -> None:
        self.alerter = alerter
        self.courier = Courier(state=alerter.state, book=alerter.book, clock=alerter.clock, timeout_s=2)

    def look(self) -> None:
        self.alerter.evaluate()
        self.courier.deliver()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.db'}")
    state.create_tables()
    yield state
    state.close()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def watch(store: Store, state: State, hook: Receiver, clock: Clock) -> Watch:
    rule = replace(_ERRORS, for_s=120, keep_firing_s=60, minimum_sample=10, variables={"minimum_errors": 5, "minimum_minutes": 1})
    book = RuleBook(interval_s=60, rules=(rule,), contacts=(Contact(name="oncall", address=hook.url),))
    return Watch(
        Alerter(store=store, state=state, book=book, projects=lambda: ["shop"], console_url="http://127.0.0.1:4318", clock=clock)
    )


def _outage(store: Store) -> None:
    """Twenty calls shortly before noon, every second one failed."""
    store_calls(store, (call(n, minutes_ago=3, status_code="Error" if n % 2 else "Ok") for n in range(20)))


def test_an_outage_fires_once_and_is_resolved_once(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    _outage(store)
    for _ in range(12):
        watch.look()
        clock.pass_minutes(1)
    assert [(body["status"], body["changed_at"]) for body in hook.received] == [
        ("firing", "2026-11-02T12:02:00+00:00"),
        ("resolved", "2026-11-02T12:08:00+00:00"),
    ]
    states = [(row["state"], row["changed_at"] - NOON) for row in store.query(_HISTORY)]
    assert states == [
        ("pending", timedelta(0)),
        ("firing", timedelta(minutes=2)),
        ("resolved", timedelta(minutes=8)),
    ]


def test_the_message_says_what_where_since_when_and_where_to_look(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    _outage(store)
    watch.look()
    clock.pass_minutes(2)
    watch.look()
    (body,) = hook.received
    assert body["message"] == (
        "Error rate of LLM calls is at 50% for model small, service support in project shop, above 5%, "
        "since 2026-11-02 12:00 UTC."
    )
    assert body["segment"] == {"model": "small", "service": "support"}
    assert body["labels"] == {"severity": "critical"}
    assert body["traces_url"] == (
        "http://127.0.0.1:4318/traces?project=shop&from=2026-11-02T09%3A00%3A00&to=2026-11-02T12%3A02%3A00"
        "&service=support&model=small&status=error"
    )


def test_calm_and_scarce_traffic_tells_nobody(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    store_calls(store, (call(n, minutes_ago=3) for n in range(20)))
    store_calls(store, (call(100 + n, minutes_ago=3, response_model="rare", status_code="Error") for n in range(9)))
    for _ in range(4):
        watch.look()
        clock.pass_minutes(1)
    assert hook.received == []
    assert store.query(_HISTORY) == []


def test_a_restart_neither_forgets_nor_repeats(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    _outage(store)
    for _ in range(10):
        Watch(replace(watch.alerter)).look()
        clock.pass_minutes(1)
    assert [body["status"] for body in hook.received] == ["firing", "resolved"]


def test_what_a_contact_could_not_take_comes_later_and_in_order(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    hook.status = 503
    _outage(store)
    for _ in range(9):
        watch.look()
        clock.pass_minutes(1)
    assert hook.received == []
    hook.status = 204
    clock.pass_minutes(30)
    watch.courier.deliver()
    assert [body["status"] for body in hook.received] == ["firing", "resolved"]


def test_a_resolution_never_overtakes_the_firing_that_is_tried_again(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    _outage(store)
    for _ in range(8):
        watch.alerter.evaluate()
        clock.pass_minutes(1)
    hook.status = 503
    watch.courier.deliver()
    hook.status = 200
    watch.alerter.evaluate()
    assert watch.courier.deliver() == 0
    clock.pass_minutes(1)
    assert watch.courier.deliver() == 2
    assert [body["status"] for body in hook.received] == ["firing", "resolved"]


def test_a_contact_that_is_away_keeps_nobody_else_from_hearing(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    book = watch.alerter.book
    gone = Contact(name="gone", address="http://127.0.0.1:9/closed")
    watch = Watch(replace(watch.alerter, book=replace(book, contacts=(gone, *book.contacts))))
    _outage(store)
    for _ in range(4):
        watch.look()
        clock.pass_minutes(1)
    assert [body["status"] for body in hook.received] == ["firing"]


def test_an_end_while_nothing_ran_is_no_recovery(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    _outage(store)
    for minutes in (1, 1, 1, 120, 0):
        watch.look()
        clock.pass_minutes(minutes)
    assert [(body["status"], body["value"]) for body in hook.received] == [("firing", 0.5), ("resolved", None)]
    assert hook.received[1]["message"].endswith("until it was last read so at 2026-11-02 12:03 UTC.")


def test_what_fires_in_a_silence_is_told_when_the_silence_ends(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    silence = Silence(
        project="shop", starts_at=NOON, ends_at=NOON + timedelta(minutes=4), reason="planned", rule="llm-error-rate"
    )
    add_silence(watch.alerter.state, silence)
    _outage(store)
    for _ in range(12):
        watch.look()
        clock.pass_minutes(1)
    assert [(body["status"], body["changed_at"], body["since"]) for body in hook.received] == [
        ("firing", "2026-11-02T12:04:00+00:00", "2026-11-02T12:00:00+00:00"),
        ("resolved", "2026-11-02T12:08:00+00:00", "2026-11-02T12:00:00+00:00"),
    ]


def test_what_comes_and_goes_in_a_silence_is_recorded_and_not_told(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    end = NOON + timedelta(hours=1)
    add_silence(watch.alerter.state, Silence(project="shop", starts_at=NOON, ends_at=end, reason="planned"))
    _outage(store)
    for _ in range(12):
        watch.look()
        clock.pass_minutes(1)
    assert hook.received == []
    assert [row["state"] for row in store.query(_HISTORY)] == ["pending", "firing", "resolved"]


def test_a_silence_of_another_segment_or_one_that_was_ended_changes_nothing(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    state, end = watch.alerter.state, NOON + timedelta(hours=1)
    other = Silence(project="shop", starts_at=NOON, ends_at=end, reason="planned", segment={"model": "large"})
    ended = add_silence(state, replace(other, segment={"model": "small"}))
    add_silence(state, other)
    end_silence(state, ended.id, project="shop", now=NOON)
    assert [silence.segment for silence in silences(state, "shop", at=NOON)] == [{"model": "large"}]
    _outage(store)
    for _ in range(4):
        watch.look()
        clock.pass_minutes(1)
    assert [body["status"] for body in hook.received] == ["firing"]


def test_a_silence_needs_an_end_a_reason_and_an_owner(state: State) -> None:
    silence = Silence(project="shop", starts_at=NOON, ends_at=NOON, reason="planned")
    with pytest.raises(InvalidRequest, match="before it starts"):
        add_silence(state, silence)
    with pytest.raises(InvalidRequest, match="no reason"):
        add_silence(state, replace(silence, ends_at=NOON + timedelta(hours=1), reason=" "))
    kept = add_silence(state, replace(silence, ends_at=NOON + timedelta(hours=1)))
    with pytest.raises(NotFound, match="project 'other' has no silence"):
        end_silence(state, kept.id, project="other", now=NOON)


def _acknowledge(state: State, at: datetime) -> list[dict[str, str]]:
    seen = Acknowledgement(by="ann", at=at, note="calling the provider")
    return acknowledge(state, "llm-error-rate", project="shop", acknowledgement=seen)


def test_what_goes_on_is_told_again_until_somebody_looks_after_it_and_its_end_is_told(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    book = watch.alerter.book
    rules = tuple(replace(rule, repeat_s=120, keep_firing_s=1200) for rule in book.rules)
    watch = Watch(replace(watch.alerter, book=replace(book, rules=rules)))
    _outage(store)
    for minute in range(31):
        watch.look()
        if minute == 5:
            _acknowledge(watch.alerter.state, clock.now)
        clock.pass_minutes(1)
    told = [(body["status"], body["is_repeat"], body["changed_at"][11:16]) for body in hook.received]
    assert told == [("firing", False, "12:02"), ("firing", True, "12:04"), ("resolved", False, "12:27")]


def test_an_acknowledgement_needs_a_name_and_something_that_fires_and_ends_with_it(
    store: Store, watch: Watch, clock: Clock
) -> None:
    state = watch.alerter.state
    with pytest.raises(NotFound, match="'llm-error-rate' does not fire there in project 'shop'"):
        _acknowledge(state, NOON)
    _outage(store)
    for _ in range(3):
        watch.look()
        clock.pass_minutes(1)
    with pytest.raises(InvalidRequest, match="give a name"):
        acknowledge(state, "llm-error-rate", project="shop", acknowledgement=Acknowledgement(by=" ", at=NOON))
    assert _acknowledge(state, clock.now) == [{"model": "small", "service": "support"}]
    assert _acknowledged(state) == ["ann"]
    for _ in range(9):
        watch.look()
        clock.pass_minutes(1)
    assert _acknowledged(state) == []


def _acknowledged(state: State) -> list[str]:
    with state.transaction() as connection:
        return [one.by for one in acknowledgements(connection, project="shop", rule="llm-error-rate").values()]


def test_what_fires_in_a_mute_timing_is_told_when_it_ends(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    book = watch.alerter.book
    lunch = MuteTiming(name="lunch", start_minute=12 * 60, end_minute=12 * 60 + 4)
    rules = tuple(replace(rule, mute=("lunch",)) for rule in book.rules)
    watch = Watch(replace(watch.alerter, book=replace(book, rules=rules, mute_timings=(lunch,))))
    _outage(store)
    for _ in range(6):
        watch.look()
        clock.pass_minutes(1)
    assert [(body["status"], body["changed_at"][11:16]) for body in hook.received] == [("firing", "12:04")]


def test_a_message_shows_how_it_was_before_and_calls_that_failed(
    store: Store, watch: Watch, hook: Receiver, clock: Clock
) -> None:
    calm = (call(500 + n, minutes_ago=15, status_code="Error" if n < 2 else "Ok") for n in range(100))
    store_calls(store, calm)
    rules = tuple(replace(rule, variables={"minimum_errors": 1, "minimum_minutes": 1}) for rule in watch.alerter.book.rules)
    watch = Watch(replace(watch.alerter, book=replace(watch.alerter.book, rules=rules)))
    _outage(store)
    for _ in range(3):
        watch.look()
        clock.pass_minutes(1)
    (body,) = hook.received
    assert body["before"] == 0.02
    assert len(body["example_urls"]) == 3
    failed = {f"http://127.0.0.1:4318/traces/{n:032x}?project=shop" for n in range(1, 20, 2)}
    assert set(body["example_urls"]) <= failed


def test_the_picture_of_a_message_is_its_panel(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    _outage(store)
    for _ in range(3):
        watch.look()
        clock.pass_minutes(1)
    (body,) = hook.received
    picture = picture_of(store, body, book=load_rules())
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width = int.from_bytes(picture[16:20], "big")
    assert width >= 2 * WIDTH_PIXELS
    assert picture_of(store, {**body, "project": "empty"}, book=load_rules()) == b""
    assert picture_of(store, {**body, "since": body["chart_from"]}, book=load_rules()) != picture
    assert picture_of(store, {**body, "segment": {"service": "support"}}, book=load_rules()) != picture


def test_a_replay_finds_what_the_alerter_found(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    _outage(store)
    for _ in range(12):
        watch.look()
        clock.pass_minutes(1)
    (rule,) = watch.alerter.book.rules
    time_range = TimeRange(start=NOON, end=NOON + timedelta(minutes=12))
    found = list(replay(store, rule, project="shop", time_range=time_range, step_s=60))
    assert [(one.instance.state, one.at.isoformat()) for one in found] == [
        (body["status"], body["changed_at"]) for body in hook.received
    ]
    assert [sentence(one) for one in found] == [body["message"] for body in hook.received]


def test_a_refusal_is_not_repeated(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    hook.status = 400
    _outage(store)
    watch.look()
    clock.pass_minutes(2)
    watch.look()
    hook.status = 200
    clock.pass_minutes(60)
    assert watch.courier.deliver() == 0
    assert hook.received == []


def test_a_contact_that_stays_away_is_given_up_in_the_end(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    hook.status = 500
    _outage(store)
    watch.look()
    clock.pass_minutes(2)
    watch.alerter.evaluate()
    for _ in range(18):
        watch.courier.deliver()
        clock.pass_minutes(10)
    hook.status = 200
    assert watch.courier.deliver() == 0


def test_a_broken_rule_does_not_silence_the_others(store: Store, watch: Watch, hook: Receiver, clock: Clock) -> None:
    book = watch.alerter.book
    broken = replace(_ERRORS, id="broken", sql="mean_score")
    watch = Watch(replace(watch.alerter, book=replace(book, rules=(broken, *book.rules))))
    _outage(store)
    for _ in range(3):
        watch.look()
        clock.pass_minutes(1)
    assert [body["rule"] for body in hook.received] == ["llm-error-rate"]
