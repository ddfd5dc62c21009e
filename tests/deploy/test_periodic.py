"""What is done again and again goes on after a failure, and ends when it is told to."""

from __future__ import annotations

import time

import pytest

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_server.periodic import Periodic


def test_it_is_done_again_after_a_failure_until_the_end(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def once_unavailable() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise StoreUnavailable("the store is away", retry_after_s=1)

    periodic = Periodic(once_unavailable, every_s=0.01, name="own-metrics")
    periodic.start()
    deadline = time.monotonic() + 30
    while len(done) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    periodic.stop()
    periodic.stop()
    ended = len(done)
    time.sleep(0.1)
    assert 3 <= ended == len(done)
    assert [record.message for record in caplog.records if record.name == "spanhouse_server.periodic"] == ["own_metrics_failed"]


def test_it_may_be_stopped_before_it_began() -> None:
    Periodic(lambda: None, every_s=0.01, name="own-metrics").stop()
