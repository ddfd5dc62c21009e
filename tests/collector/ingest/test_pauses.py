"""The pauses between small batches: none after an idle while, and a share of CPU that a trickle cannot pass."""

import pytest

from spanhouse_collector.ingest.pauses import LONGEST_S, REST, SAVED_S, Pauses

LEAST_S = 0.25
SPENT_S = 0.3


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_first_requests_after_an_idle_while_wait_for_nothing(clock: Clock) -> None:
    pauses = Pauses(LEAST_S, clock=clock)
    assert [pauses.after(SPENT_S) for _ in range(5)] == [0.0] * 5


def test_an_idle_while_saves_up_no_more_than_its_bound(clock: Clock) -> None:
    pauses = Pauses(LEAST_S, clock=clock)
    clock.now += 3600
    free = 0
    while pauses.after(SPENT_S) == 0.0:
        free += 1
    assert free == int(SAVED_S / ((1 + REST) * SPENT_S) + 1e-6)


@pytest.mark.parametrize("spent_s", [0.05, 0.2, 0.3])
def test_small_batches_one_after_another_take_a_third_of_a_cpu(clock: Clock, spent_s: float) -> None:
    pauses = Pauses(0.0, clock=clock)
    began, spent = clock.now, 0.0
    while clock.now < began + 600:
        clock.now += spent_s
        spent += spent_s
        clock.now += pauses.after(spent_s)
    assert spent / (clock.now - began) == pytest.approx(1 / (1 + REST), abs=0.01)


def test_batches_that_keep_coming_wait_for_the_least_and_never_for_longer_than_the_longest(clock: Clock) -> None:
    pauses = Pauses(LEAST_S, clock=clock)
    pauses.after(SAVED_S / (1 + REST))
    assert pauses.after(0.01) == LEAST_S
    assert pauses.after(60) == LONGEST_S
