"""The journal: on disk before it says so, in order, bounded, and whole again after a crash."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from spanhouse_collector.errors import Overloaded
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.journal import Journal, Segment
from spanhouse_collector.settings import JournalSettings

WAIT_S = 10


def frame(body: bytes) -> bytes:
    return frames.encode(body, project="default", received_ms=1)


def bodies(segment: Segment | None) -> list[bytes]:
    assert segment is not None
    return [frames.parts(found)[2] for found in frames.decode(segment.path.read_bytes())]


@pytest.fixture
def open_journal(tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    opened: list[Journal] = []

    def open_one(**settings: int) -> Journal:
        opened.append(Journal(JournalSettings(directory=tmp_path / "journal", **settings)))
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()


def keep(journal: Journal, *texts: bytes) -> None:
    for done in [journal.append([frame(text)], items=1) for text in texts]:
        done.result(WAIT_S)


@contextmanager
def full_disk(*, after_bytes: int) -> Iterator[None]:
    """No file may grow beyond this size: a write fails as it does on a full disk, partly done."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_is_acknowledged_lies_on_disk_in_order(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, *(f"{number}".encode() for number in range(100)))
    assert bodies(journal.take(timeout_s=WAIT_S)) == [f"{number}".encode() for number in range(100)]


def test_requests_that_wait_together_share_one_sync(
    open_journal: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    first, proceed = threading.Event(), threading.Event()

    def slow_sync(descriptor: int) -> None:
        syncs.append(descriptor)
        first.set()
        assert proceed.wait(WAIT_S)

    monkeypatch.setattr(os, "fdatasync", slow_sync)
    journal = open_journal()
    waiting = [journal.append([frame(b"first")], items=1)]
    assert first.wait(WAIT_S)
    waiting += [journal.append([frame(b"more")], items=1) for _ in range(50)]
    proceed.set()
    for done in waiting:
        done.result(WAIT_S)
    assert len(syncs) == 2


def test_R05_nothing_is_acknowledged_before_its_sync(
    open_journal: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing, proceed = threading.Event(), threading.Event()

    def slow_sync(_descriptor: int) -> None:
        syncing.set()
        assert proceed.wait(WAIT_S)

    monkeypatch.setattr(os, "fdatasync", slow_sync)
    journal = open_journal()
    done = journal.append([frame(b"a")], items=1)
    assert syncing.wait(WAIT_S)
    assert not done.done()
    proceed.set()
    done.result(WAIT_S)


def test_a_taken_segment_is_given_again_until_it_is_removed(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    taken = journal.take(timeout_s=WAIT_S)
    keep(journal, b"b")
    assert journal.take(timeout_s=WAIT_S) is taken
    assert taken is not None
    journal.remove(taken)
    assert not taken.path.exists()
    assert bodies(journal.take(timeout_s=WAIT_S)) == [b"b"]


def test_what_is_worth_a_batch_follows_the_segment_that_was_taken(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    taken = journal.take(timeout_s=WAIT_S)
    keep(journal, b"b")
    assert journal.following(least_bytes=10_000, timeout_s=0.01) is None
    following = journal.following(least_bytes=1, timeout_s=WAIT_S)
    assert bodies(following) == [b"b"]
    keep(journal, b"c")
    assert journal.following(least_bytes=1, timeout_s=WAIT_S) is following
    assert taken is not None
    journal.remove(taken)
    assert journal.take(timeout_s=WAIT_S) is following


def test_nothing_follows_where_nothing_was_taken(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    assert journal.following(least_bytes=1, timeout_s=WAIT_S) is None


def test_nobody_waits_for_what_follows_a_removed_segment(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    taken = journal.take(timeout_s=WAIT_S)
    with ThreadPoolExecutor(max_workers=1) as threads:
        following = threads.submit(journal.following, least_bytes=10_000, timeout_s=10 * WAIT_S)
        assert taken is not None
        journal.remove(taken)
        assert following.result(WAIT_S) is None


def test_an_idle_journal_gives_nothing(open_journal: Callable[..., Journal]) -> None:
    assert open_journal().take(timeout_s=0.01) is None


def test_segments_end_at_their_size(open_journal: Callable[..., Journal]) -> None:
    size = len(frame(b"x" * 10))
    journal = open_journal(segment_bytes=3 * size)
    keep(journal, *[b"x" * 10] * 7, b"y" * 100)
    sizes = []
    while segment := journal.take(timeout_s=0.01):
        sizes.append(len(bodies(segment)))
        journal.remove(segment)
    assert sum(sizes) == 8
    assert max(sizes) <= 3


def test_a_frame_larger_than_a_segment_gets_one_of_its_own(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal(segment_bytes=100)
    keep(journal, b"a", b"b" * 500, b"c")
    found = []
    while segment := journal.take(timeout_s=0.01):
        found.append(bodies(segment))
        journal.remove(segment)
    assert found == [[b"a"], [b"b" * 500], [b"c"]]


def test_what_the_store_has_not_taken_is_there_after_a_restart(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a", b"b")
    journal.take(timeout_s=WAIT_S)
    keep(journal, b"c")
    journal.close()
    again = open_journal()
    assert again.backlog().segments == 2
    first = again.take(timeout_s=WAIT_S)
    assert bodies(first) == [b"a", b"b"]
    assert first is not None
    again.remove(first)
    keep(again, b"d")
    assert bodies(again.take(timeout_s=WAIT_S)) == [b"c"]


def test_a_torn_tail_is_dropped_and_the_rest_kept(open_journal: Callable[..., Journal], tmp_path: Path) -> None:
    journal = open_journal()
    keep(journal, b"a", b"b")
    journal.close()
    (path,) = (tmp_path / "journal").glob("*.frames")
    with path.open("ab") as file:
        file.write(frame(b"never acknowledged")[:-1])
    again = open_journal()
    assert bodies(again.take(timeout_s=WAIT_S)) == [b"a", b"b"]
    assert path.read_bytes() == frame(b"a") + frame(b"b")


def test_a_segment_without_a_whole_frame_goes(open_journal: Callable[..., Journal], tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "00000000000000000041.frames").write_bytes(frame(b"torn")[:5])
    journal = open_journal()
    assert journal.backlog().segments == 0
    assert journal.take(timeout_s=0.01) is None


def test_a_full_backlog_is_refused_and_taken_again_later(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal(max_backlog_bytes=2 * len(frame(b"a")))
    keep(journal, b"a", b"b")
    with pytest.raises(Overloaded, match="that the store has not taken yet") as refused:
        journal.append([frame(b"c")], items=1)
    assert 1 <= refused.value.retry_after_s <= 5
    segment = journal.take(timeout_s=WAIT_S)
    assert segment is not None
    journal.remove(segment)
    keep(journal, b"c")


def test_a_backlog_that_is_too_old_is_refused_and_taken_again_later(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal(max_backlog_age_s=2.0)
    keep(journal, b"a")
    segment = journal.take(timeout_s=WAIT_S)
    assert segment is not None
    segment.opened_at_s -= 10
    with pytest.raises(Overloaded, match=r"has not taken for 1. s, at most 2; send again later") as refused:
        journal.append([frame(b"b")], items=1)
    assert 1 <= refused.value.retry_after_s <= 5
    journal.remove(segment)
    keep(journal, b"b")


def test_a_backlog_is_as_old_as_it_was_before_a_restart(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    segment = journal.take(timeout_s=WAIT_S)
    assert segment is not None
    journal.close()
    long_ago_s = time.time() - 7_200
    os.utime(segment.path, (long_ago_s, long_ago_s))
    with pytest.raises(Overloaded, match="has not taken for"):
        open_journal(max_backlog_age_s=3_600.0).append([frame(b"b")], items=1)


def test_backlog_counts_what_waits(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    assert journal.backlog().size_bytes == 0
    assert journal.backlog().age_s < 1
    journal.append([frame(b"a")], items=512).result(WAIT_S)
    waiting = journal.backlog()
    assert (waiting.segments, waiting.size_bytes, waiting.items) == (1, len(frame(b"a")), 512)


def test_a_full_disk_refuses_and_ingest_resumes_by_itself(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    keep(journal, b"a")
    with full_disk(after_bytes=100):
        done = journal.append([frame(b"b" * 1_000)], items=1)
        with pytest.raises(Overloaded, match="cannot be written"):
            done.result(WAIT_S)
    keep(journal, b"c")
    assert bodies(journal.take(timeout_s=WAIT_S)) == [b"a", b"c"]


def test_a_disk_that_refuses_even_repair_is_survived(
    open_journal: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal()
    keep(journal, b"a")

    def refuse(*_arguments: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", refuse)
        broken.setattr(os, "truncate", refuse)
        for _ in range(3):
            with pytest.raises(Overloaded, match="Input/output error"):
                journal.append([frame(b"lost")], items=1).result(WAIT_S)
    keep(journal, b"b")
    assert bodies(journal.take(timeout_s=WAIT_S)) == [b"a", b"b"]


def test_a_sender_that_hangs_up_disturbs_nobody(open_journal: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch) -> None:
    journal = open_journal()
    abandoned: list[Future[None]] = [journal.append([frame(b"a")], items=1) for _ in range(20)]
    assert not any(done.cancel() for done in abandoned)
    keep(journal, b"b")
    assert bodies(journal.take(timeout_s=WAIT_S)) == [*[b"a"] * 20, b"b"]


def test_closing_writes_what_waits_and_may_be_done_twice(open_journal: Callable[..., Journal]) -> None:
    journal = open_journal()
    waiting = [journal.append([frame(b"a")], items=1) for _ in range(10)]
    journal.close()
    journal.close()
    for done in waiting:
        done.result(0)
    with pytest.raises(Overloaded, match="stopping"):
        journal.append([frame(b"b")], items=1)


def test_an_unused_journal_leaves_no_file(open_journal: Callable[..., Journal], tmp_path: Path) -> None:
    open_journal().close()
    assert list((tmp_path / "journal").iterdir()) == []
