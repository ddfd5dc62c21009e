"""A console over a day of traffic, served on this machine, and a browser that looks at it.

Both are shared by the tests of a module, which only read; they end with it, while sockets are still allowed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from spanhouse_dashboards.console import AlertState, EvaluatorRun, Figure
from tests.browser.driver import Browser, browser
from tests.console import traffic
from tests.console.serving import Console
from tests.stores import migrated

_START_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the console is served, and ids of what is on it."""

    url: str
    trace: str
    odd_trace: str
    long_trace: str
    session: str
    console: Console


@pytest.fixture(scope="module")
def site(engine_url: str) -> Iterator[Site]:
    """The console with every page filled."""
    store = migrated(engine_url, database="console_browser")
    spans, scores = traffic.traffic()
    odd, long = traffic.odd_trace(), traffic.long_trace()
    traffic.put(store, [*spans, *odd, *long], scores)
    store.insert("measurements", [traffic.measurement(), traffic.measurement(name="cost", value=0.6, alarm=True)])
    store.insert("alerts", [traffic.alert_change(message="9% of 42 calls failed")])
    store.insert("dead_letters", [traffic.dead_letter()])
    console = Console(store)
    console.alerts = [AlertState(rule="errors", title="Too many errors", state="firing", message="9% failed", since=traffic.NOW)]
    console.runs = [
        EvaluatorRun(evaluator="tone", version="1", status="finished", started_at=traffic.NOW, finished_at=traffic.NOW)
    ]
    console.figures = [Figure(label="Lag", value=0.4, unit="s", note="oldest waiting request")]
    with served(console) as url:
        yield Site(
            url=url,
            trace=spans[-4]["trace_id"],
            odd_trace=odd[0]["trace_id"],
            long_trace=long[0]["trace_id"],
            session=spans[-1]["session_id"],
            console=console,
        )
    store.close()


@pytest.fixture(scope="module")
def shared_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, because starting it takes longer than most of them."""
    with browser(tmp_path_factory.mktemp("chromium")) as window:
        yield window


@pytest.fixture
def window(shared_window: Browser) -> Browser:
    """The browser, at an ordinary size, preferring light, with nothing left in its console."""
    shared_window.open("about:blank")
    shared_window.resize(width=1440, height=900)
    shared_window.prefer("light")
    shared_window.complaints()
    return shared_window


@contextmanager
def served(console: Console) -> Iterator[str]:
    """The address of a console that is served on a free port while the block lasts."""
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, name="console")
    thread.start()
    end = time.monotonic() + _START_S
    while not server.started:
        assert time.monotonic() < end, "the console did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
