"""The forms of the alerts' page in Chromium, against the real service: used by keyboard, refused with a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.rounds import Segment
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_server.settings import Settings
from tests.browser.driver import Browser
from tests.dashboards.seeds import call, store_calls
from tests.server import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.store, pytest.mark.net, pytest.mark.timeout(60)]

RULE, ENTER = "llm-error-rate", "\ue007"


@pytest.fixture(scope="module")
def service(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service without keys and without jobs: an alert fires, and calls failed half an hour ago."""
    settings = Settings(
        data=tmp_path_factory.mktemp("forms"),
        store=engine_url,
        database="alert_forms",
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        role="collector,console",
    )
    with running(settings) as server:
        now = datetime.now(UTC)
        instance = Instance(state="firing", active_since=now, breached_at=now, value=0.5)
        standing: dict[Segment, Instance] = {(("service", "support"),): instance}
        with server.service.state.transaction() as connection:
            records.replace_instances(connection, project="default", rule=RULE, found=standing)
        outage = now.replace(second=0, microsecond=0) - timedelta(minutes=40)
        calls = [
            call(n, minutes_ago=0, project="default", start_time=outage + timedelta(seconds=10 * n), status_code="Error")
            for n in range(30)
        ]
        store_calls(server.service.store(), calls)
        yield server


def test_an_alert_is_acknowledged_silenced_and_previewed_by_keyboard(window: Browser, service: Server) -> None:
    window.open(f"{service.http_url}/alerts")
    acknowledge = f"form[action$='{RULE}/acknowledge']"
    window.press(f"details:has({acknowledge}) summary", ENTER)
    window.press(f"{acknowledge} [name=by]", "ann")
    window.press(f"{acknowledge} [name=note]", f"on it{ENTER}")
    window.wait_for("document.querySelector('main').textContent.includes('ann looks after it: on it')")

    silence = "form[action='/api/v1/alerts/silences']"
    window.press(f"details:has(summary + {silence}) summary", ENTER)
    window.press(f"details {silence} [name=reason]", f"planned{ENTER}")
    window.wait_for("document.querySelector('[aria-labelledby=silences] tbody')")
    listed = window.run("return document.querySelector('[aria-labelledby=silences] tbody').textContent.replace(/\\s+/g, ' ')")
    assert "service support" in listed
    assert "planned" in listed
    window.press("form[data-ask=DELETE] button", ENTER)
    window.wait_for("document.querySelector('main').textContent.includes('whoever is to be told is told')")

    preview = "form[data-show=preview]"
    window.run(f"document.querySelector(\"{preview} select\").value = '{RULE}'")
    window.press(f"{preview} button", ENTER)
    window.wait_for(f"document.querySelector('{preview}').textContent.includes('Would have fired once')")
    became = "return [...document.querySelectorAll('#preview-answer tbody tr')].map((row) => row.cells[1].textContent)"
    assert window.run(became) == ["firing", "resolved"]
    window.wait_for("document.querySelector('#preview-chart canvas')")
    assert window.complaints() == []


def test_what_the_api_refuses_is_said_beside_the_form(window: Browser, service: Server) -> None:
    window.open(f"{service.http_url}/alerts")
    form = "[aria-labelledby=silences] > form"
    window.press(f"{form} [name=reason]", f" {ENTER}")
    window.wait_for(f"document.querySelector('{form} .failure')")
    said = window.run(f"return document.querySelector('{form} .failure').textContent")
    assert said == "the silence has no reason; say why, for whoever finds it."
