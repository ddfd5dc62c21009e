"""The outbox on its own, with exporters that the tests hold in hand."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from spanhouse.delivery import Exporter, Limits, Outbox, Outcome
from spanhouse.losses import Loss

TAKEN = Outcome(delivered=True)
BUSY = Outcome(delivered=False, retry=True, retry_after_s=0.0)
REFUSED = Outcome(delivered=False)


class Post:
    """An exporter that gives prepared outcomes, then takes everything; it can be held back."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.batches: list[list[int]] = []
        self.losses: list[Loss] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.is_called = threading.Event()
        self.is_closed = False

    def connect(self) -> Exporter[int]:
        return self

    def close(self) -> None:
        self.is_closed = True

    def export(self, batch: Sequence[int], /) -> Outcome:
        self.is_called.set()
        self.may_go.wait()
        outcome = self.outcomes.pop(0) if len(self.outcomes) else TAKEN
        if outcome.delivered:
            self.batches.append(list(batch))
        return outcome

    def outbox(self, limits: Limits | None = None) -> Outbox[int]:
        outbox = Outbox("spans", self.connect, limits=limits or Limits(), tell=self.losses.append)
        _opened.append(outbox)
        return outbox


_opened: list[Outbox[int]] = []


@pytest.fixture(autouse=True)
def every_outbox_is_closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close(5)


def test_items_leave_in_batches_in_the_order_they_came() -> None:
    post = Post()
    outbox = post.outbox(Limits(batch_items=2))
    post.may_go.clear()
    for number in range(5):
        outbox.put(number, 1)
    post.may_go.set()
    assert outbox.flush(5)
    assert [number for batch in post.batches for number in batch] == [0, 1, 2, 3, 4]
    assert max(len(batch) for batch in post.batches) == 2
    assert (outbox.sent, outbox.lost) == (5, {})


def test_batch_ends_at_its_bytes_and_a_larger_item_goes_alone() -> None:
    post = Post()
    outbox = post.outbox(Limits(batch_bytes=100, delay_s=60))
    post.may_go.clear()
    outbox.put(0, 1_000)
    post.is_called.wait()
    for number, size_bytes in ((1, 60), (2, 60), (3, 500)):
        outbox.put(number, size_bytes)
    post.may_go.set()
    assert outbox.flush(5)
    assert post.batches == [[0], [1], [2], [3]]


@pytest.mark.parametrize("limits", [Limits(queue_items=3, delay_s=60), Limits(queue_bytes=30, delay_s=60)])
def test_oldest_go_when_the_queue_is_full_and_are_told_once(limits: Limits) -> None:
    post = Post()
    outbox = post.outbox(limits)
    for number in range(10):
        outbox.put(number, 10)
    assert not outbox.flush(5)
    assert outbox.lost == {"queue_full": 7}
    outbox.close(5)
    assert post.batches == [[7, 8, 9]]
    assert post.losses == [Loss(signal="spans", reason="queue_full", items=7)]


def test_loss_before_a_flush_is_said_by_that_flush_and_not_by_the_next() -> None:
    post = Post()
    outbox = post.outbox(Limits(queue_items=3, delay_s=60))
    for number in range(4):
        outbox.put(number, 1)
    assert not outbox.flush(5)
    outbox.put(4, 1)
    assert outbox.flush(5)
    assert (outbox.sent, outbox.lost) == (4, {"queue_full": 1})


def test_busy_receiver_is_asked_until_it_takes_the_batch() -> None:
    post = Post(BUSY, BUSY, BUSY)
    outbox = post.outbox()
    outbox.put(1, 1)
    assert outbox.flush(5)
    assert (post.batches, outbox.lost) == ([[1]], {})


def test_flush_does_not_ask_before_the_receiver_wished_and_close_does() -> None:
    post = Post(Outcome(delivered=False, retry=True, retry_after_s=3_600.0))
    outbox = post.outbox()
    outbox.put(1, 1)
    assert not outbox.flush(0.2)
    assert (post.outcomes, post.batches) == ([], [])
    outbox.close(5)
    assert post.batches == [[1]]


@pytest.mark.parametrize("wish_s", [3_600.0, float("inf")])
def test_wish_for_longer_than_a_batch_is_kept_leaves_it_a_last_attempt(wish_s: float) -> None:
    post = Post(Outcome(delivered=False, retry=True, retry_after_s=wish_s))
    outbox = post.outbox(Limits(give_up_s=0.2))
    outbox.put(1, 1)
    assert outbox.flush(5)
    assert post.batches == [[1]]


def test_refused_batch_is_lost_and_the_next_one_goes_on() -> None:
    post = Post(REFUSED)
    outbox = post.outbox()
    outbox.put(1, 1)
    assert not outbox.flush(5)
    outbox.put(2, 1)
    assert outbox.flush(5)
    assert (post.batches, outbox.lost) == ([[2]], {"refused": 1})


def test_exporter_that_raises_costs_its_batch_and_nothing_else() -> None:
    post = Post()
    outcomes, post.outcomes = post.outcomes, None  # type: ignore[assignment]  # a fault put in on purpose
    outbox = post.outbox()
    outbox.put(1, 1)
    assert not outbox.flush(5)
    post.outcomes = outcomes
    outbox.put(2, 1)
    assert outbox.flush(5)
    assert (post.batches, outbox.lost) == ([[2]], {"refused": 1})


def test_item_that_makes_the_exporter_raise_is_lost_alone() -> None:
    post = Post()

    def export(batch: Sequence[int]) -> Outcome:
        if 5 in batch:
            raise TypeError
        return Post.export(post, batch)

    post.export = export  # type: ignore[method-assign]  # a fault put in on purpose
    outbox = post.outbox(Limits(batch_items=8))
    for number in range(8):
        outbox.put(number, 1)
    assert not outbox.flush(5)
    assert (post.batches, outbox.sent, outbox.lost) == ([[0, 1, 2, 3], [4], [6, 7]], 7, {"refused": 1})


def test_batch_that_nobody_takes_is_given_up_in_the_end() -> None:
    post = Post(*[BUSY] * 100_000)
    outbox = post.outbox(Limits(give_up_s=0.05))
    outbox.put(1, 1)
    assert not outbox.flush(5)
    assert outbox.lost == {"gave_up": 1}


def test_flush_gives_up_in_time_when_nothing_moves() -> None:
    post = Post()
    post.may_go.clear()
    outbox = post.outbox()
    outbox.put(1, 1)
    assert not outbox.flush(0.05)
    post.may_go.set()
    outbox.close(5)


def test_closed_outbox_delivers_what_waits_and_takes_nothing_more() -> None:
    post = Post()
    outbox = post.outbox(Limits(delay_s=60))
    outbox.put(1, 1)
    outbox.close(5)
    outbox.put(2, 1)
    outbox.close(5)
    assert (post.batches, post.is_closed) == ([[1]], True)


def test_put_may_be_called_while_put_is_running() -> None:
    """As garbage collection does, when it finalises an abandoned stream in the middle of another span's end."""
    post = Post()
    outbox = post.outbox(Limits(queue_items=2, delay_s=60))

    finalised = [0]

    class Size(int):
        def __radd__(self, other: int) -> int:
            if finalised:
                outbox.put(finalised.pop(), 1)
            return other + int(self)

    outbox.put(1, Size(1))
    assert outbox.flush(5)
    assert sorted(number for batch in post.batches for number in batch) == [0, 1]


def test_full_batches_do_not_hurry_a_receiver_that_is_away() -> None:
    post = Post(*[Outcome(delivered=False, retry=True)] * 100)
    outbox = post.outbox(Limits(batch_items=2, queue_items=4))
    outbox.put(0, 1)
    outbox.put(1, 1)
    post.is_called.wait()
    for number in range(1_000):
        outbox.put(number, 1)
    assert len(post.outcomes) >= 98
    post.outcomes.clear()
    outbox.close(5)
    assert outbox.sent == 6
