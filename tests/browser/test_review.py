"""Review in Chromium, against the real service: spans are labelled by keyboard, one after the other, and calibrate reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dirty_equals import IsPartialDict

from spanhouse_evaluators.labelled import Rule, Stored, calibrate_stored
from spanhouse_server.settings import Settings
from tests.browser.driver import Browser
from tests.console import traffic
from tests.server import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.store, pytest.mark.net, pytest.mark.timeout(60)]

ENTER = "\ue007"


@pytest.fixture(scope="module")
def service(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service without keys and without jobs, with three answers that an evaluator found grounded."""
    settings = Settings(data=tmp_path_factory.mktemp("review"), store=engine_url, database="review", role="collector,console")
    with running(replace(settings, http_port=0, grpc_port=0, clickhouse_port=0)) as server:
        started = datetime.now(UTC) - timedelta(minutes=5)
        rows = [traffic.span(trace_id=f"{n:032x}", span_id=f"{n:016x}", name=f"call {n}", start_time=started) for n in (1, 2, 3)]
        traffic.put(server.service.store(), rows, [traffic.score(row, "groundedness", 0.9) for row in rows])
        yield server


def test_spans_are_labelled_by_keyboard_until_none_is_left(window: Browser, service: Server) -> None:
    window.open(f"{service.http_url}/review?of=groundedness")
    main = "document.querySelector('main').textContent"
    window.press("[name=author]", "ann")
    # A reason may be ended with Enter, which says neither yes nor no.
    window.press("[name=explanation]", f"every sentence stands in the source{ENTER}")
    assert "0 of 3" in window.run(f"return {main}")
    for number, key in enumerate("yny", 1):
        window.press("body", key)
        window.wait_for(f"{main}.includes('{number} of 3 labelled')")
        if number < 3:
            window.wait_for("document.querySelector('[name=author]').value === 'ann'")
    assert "All 3 are labelled" in window.run(f"return {main}")
    window.open(f"{service.http_url}/review?of=groundedness&back=1")
    window.press("body", "n")
    window.wait_for(f"{main}.includes('1 yes, 2 no')")
    assert window.complaints() == []
    now = datetime.now(UTC)
    among = Stored(project="default", label="groundedness", since=now - timedelta(hours=1), until=now)
    found = calibrate_stored(service.service.store(), "groundedness", among=among, rule=Rule())
    assert found["n"] == 3
    assert found["agreement"] == IsPartialDict(value=pytest.approx(1 / 3))
