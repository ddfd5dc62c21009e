"""The spool: what was on its way survives the application's end and the collector's absence. Real processes, real files."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import spanhouse
from spanhouse.delivery import Outcome
from spanhouse.losses import Loss
from spanhouse.shelf import Parcel, Shelf
from spanhouse.spool import Spool, SpoolLimits
from tests.sdk import applications
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

DIE = """
def on_disk(count):
    while spanhouse.report().spooled < count:
        time.sleep(0.005)

def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Post:
    """A receiver in hand: gives prepared outcomes, then takes everything; it can be held back."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.taken: list[Parcel] = []
        self.losses: list[Loss] = []
        self.may_go = threading.Event()
        self.is_called = threading.Event()

    def export(self, batch: Sequence[Parcel], /) -> Outcome:
        self.is_called.set()
        self.may_go.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(delivered=True)
        if outcome.delivered:
            self.taken += batch
        return outcome

    def close(self) -> None:
        """Nothing is open."""

    def spool(self, root: Path, limits: SpoolLimits | None = None) -> Spool:
        spool = Spool(root, lambda: self, limits=limits or SpoolLimits(), tell=self.losses.append)
        _opened.append((self, spool))
        return spool


_opened: list[tuple[Post, Spool]] = []


@pytest.fixture(autouse=True)
def every_spool_is_closed() -> Iterator[None]:
    yield
    while _opened:
        post, spool = _opened.pop()
        post.may_go.set()
        spool.close(5)


def parcel(number: int, *, items: int = 1, size_bytes: int = 10) -> Parcel:
    return Parcel(signal="spans", items=items, encoding="gzip", body=bytes([number]) * size_bytes)


def numbers(post: Post) -> list[int]:
    return [taken.body[0] for taken in post.taken]


def init_to_spool(url: str, folder: Path) -> str:
    return f"spanhouse.init({url!r}, instrument=False, spool_dir={str(folder)!r})\n"


def test_what_is_put_after_the_last_look_is_sent_by_the_close(tmp_path: Path) -> None:
    post, has_looked, is_closing = Post(), threading.Event(), threading.Event()
    post.may_go.set()

    class Slow(Spool):
        """Comes back from its first look, which finds nothing, once it is being closed."""

        def _attempt(self) -> Outcome | None:
            outcome = super()._attempt()
            if outcome is None and not has_looked.is_set():
                has_looked.set()
                is_closing.wait(10)
            return outcome

        def _ring(self) -> None:
            super()._ring()
            is_closing.set()

    spool = Slow(tmp_path, lambda: post, limits=SpoolLimits(), tell=post.losses.append)
    assert has_looked.wait(10)
    spool.put(parcel(1))
    spool.close(10)
    assert numbers(post) == [1]


def test_killed_application_loses_nothing_that_was_on_disk(receiver: Receiver, tmp_path: Path) -> None:
    with applications.nobody() as url:
        script = f"""
{DIE}
{init_to_spool(url, tmp_path)}
for number in range(600):
    with spanhouse.span(f"step {{number}}"):
        pass
spanhouse.score("graded", 1.0, trace_id="1" * 32)
on_disk(601)
die()
"""
        applications.run(script, status=-signal.SIGKILL)
    applications.run(init_to_spool(receiver.url, tmp_path) + "assert spanhouse.flush()")
    assert Counter(span.name for span in receiver.spans) == {f"step {number}": 1 for number in range(600)}
    assert [log.trace_id for log in receiver.logs] == ["1" * 32]
    assert list(tmp_path.iterdir()) == []


def test_application_that_ends_while_the_collector_is_away_is_sent_by_the_next(receiver: Receiver, tmp_path: Path) -> None:
    with applications.nobody() as url:
        _, err = applications.run(
            init_to_spool(url, tmp_path) + "with spanhouse.span('last words'):\n    pass\nspanhouse.shutdown(0.2)"
        )
    assert "spanhouse.dropped" not in err
    applications.run(init_to_spool(receiver.url, tmp_path))
    assert receiver.span("last words").name == "last words"


def test_forked_children_spool_for_themselves_and_share_the_folder(receiver: Receiver, tmp_path: Path) -> None:
    with applications.nobody() as url:
        script = f"""
{DIE}
{init_to_spool(url, tmp_path)}
with spanhouse.span("parent"):
    pass
on_disk(1)
for number in range(3):
    if os.fork() == 0:
        with spanhouse.span(f"child {{number}}"):
            pass
        on_disk(1)
        die()
    os.wait()
die()
"""
        applications.run(script, status=-signal.SIGKILL)
    applications.run(init_to_spool(receiver.url, tmp_path) + "assert spanhouse.flush()")
    assert sorted(span.name for span in receiver.spans) == ["child 0", "child 1", "child 2", "parent"]


def test_folder_of_a_process_that_lives_is_left_to_it(tmp_path: Path) -> None:
    theirs = Shelf(tmp_path)
    theirs.put(parcel(1))
    mine = Shelf(tmp_path)
    assert (mine.adopt(), mine.items) == ([], 0)
    theirs.close()
    assert (mine.adopt(), mine.items) == ([], 1)
    mine.close()


def test_damaged_files_are_counted_and_the_rest_is_sent(receiver: Receiver, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for _ in range(3):
        shelf.put(Parcel(signal="spans", items=2, encoding="", body=b""))
    shelf.close()
    cut, flipped, _ = sorted(tmp_path.rglob("*.batch"))
    cut.write_bytes(cut.read_bytes()[:3])
    flipped.write_bytes(b"\0" + flipped.read_bytes()[1:])
    (cut.parent / (cut.stem + "x.part")).with_name(f"{cut.stem.rsplit('_', 1)[0]}_5.part").write_bytes(b"abc")
    (cut.parent / "a note of somebody else").write_text("")

    spanhouse.init(receiver.url, instrument=False, spool_dir=tmp_path)
    spanhouse.flush()
    report = spanhouse.report()
    assert (report.sent["spans"], report.dropped) == (2, {"spans spool_damaged": 9})
    spanhouse.shutdown()
    assert sum(int(str(log.attributes["spanhouse.sdk.count"])) for log in receiver.logs) == 9


def test_texts_are_masked_before_they_touch_the_disk(tmp_path: Path) -> None:
    with applications.nobody() as url:
        spanhouse.init(url, instrument=False, spool_dir=tmp_path, mask=lambda key, text: text.replace("4711", "[card]"))
        with spanhouse.span("pay", kind="tool") as span:
            span.set_input("4711")
        spanhouse.shutdown(timeout_s=0.3)
    (file,) = tmp_path.rglob("*.batch")
    assert b"[card]" in file.read_bytes()
    assert b"4711" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_folder_that_cannot_be_used_leaves_the_application_traced(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a file").write_text("")
    spanhouse.init(receiver.url, instrument=False, spool_dir=tmp_path / "a file")
    with spanhouse.span("traced"):
        pass
    assert spanhouse.flush()
    assert receiver.span("traced").name == "traced"
    assert "spanhouse.fault where=spool" in caplog.text


def test_full_disk_costs_nothing_while_the_collector_is_there(receiver: Receiver, tmp_path: Path) -> None:
    out, _ = applications.run(
        f"""
import resource
{init_to_spool(receiver.url, tmp_path)}
with spanhouse.span("on disk first"):
    pass
spanhouse.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file takes anything any more
with spanhouse.span("without the disk"):
    spanhouse.score("sent", 1.0)
print(spanhouse.flush(), spanhouse.report().sent, spanhouse.report().dropped)
"""
    )
    assert out == "True {'spans': 2, 'scores': 1} {}\n"
    assert [span.name for span in receiver.spans] == ["on disk first", "without the disk"]
    assert len(receiver.logs) == 1


def test_receiver_that_wishes_for_eternity_is_asked_again_at_the_end(tmp_path: Path) -> None:
    post = Post(Outcome(delivered=False, retry=True, retry_after_s=float("inf")))
    post.may_go.set()
    spool = post.spool(tmp_path)
    spool.put(parcel(1))
    assert not spool.flush(0.2)
    spool.close(5)
    assert numbers(post) == [1]


def test_oldest_go_over_the_bytes_and_are_told_with_their_items(tmp_path: Path) -> None:
    post = Post()
    spool = post.spool(tmp_path, SpoolLimits(size_bytes=1_000))
    spool.put(parcel(0))
    post.is_called.wait()  # the one that is being sent stays
    for number in range(1, 6):
        spool.put(parcel(number, items=7, size_bytes=300))
    post.may_go.set()
    assert not spool.flush(5)
    assert spool.flush(5)  # nothing more was lost
    spool.close(5)
    assert numbers(post) == [0, 3, 4, 5]
    assert post.losses == [Loss(signal="spans", reason="spool_full", items=14)]


def test_what_is_too_old_is_not_sent(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(parcel(1, items=3))
    shelf.close()
    post = Post()
    post.may_go.set()
    spool = post.spool(tmp_path, SpoolLimits(age_s=1e-9))
    spool.close(5)
    assert (post.taken, spool.lost) == ([], {("spans", "spool_expired"): 3})


def test_receiver_that_is_away_gets_everything_in_order_when_it_is_back(tmp_path: Path) -> None:
    post = Post(*[Outcome(delivered=False, retry=True, retry_after_s=0.0)] * 5)
    post.may_go.set()
    spool = post.spool(tmp_path)
    for number in range(4):
        spool.put(parcel(number))
    assert spool.flush(5)
    assert (numbers(post), spool.sent, spool.lost) == ([0, 1, 2, 3], {"spans": 4}, {})


def test_refused_parcel_is_lost_and_the_next_one_goes(tmp_path: Path) -> None:
    post = Post(Outcome(delivered=False), Outcome(delivered=True, rejected=2))
    post.may_go.set()
    spool = post.spool(tmp_path)
    spool.put(parcel(1, items=3))
    spool.put(parcel(2, items=3))
    spool.close(5)
    assert (spool.sent, spool.lost) == ({"spans": 1}, {("spans", "refused"): 3, ("spans", "rejected"): 2})


def test_folder_that_somebody_emptied_is_made_again(tmp_path: Path) -> None:
    post = Post()
    spool = post.spool(tmp_path)
    spool.put(parcel(1))
    post.is_called.wait()
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    spool.put(parcel(2))
    post.may_go.set()
    spool.close(5)
    assert numbers(post)[-1] == 2
