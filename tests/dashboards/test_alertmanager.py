"""The alerter tells a real Prometheus Alertmanager, which keeps each segment apart and ends what has ended."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from spanhouse_dashboards.alerts import Contact, load_rules
from spanhouse_dashboards.alerts.channels import send
from spanhouse_dashboards.alerts.delivery import no_picture
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.notices import Notice
from spanhouse_dashboards.alerts.payload import Evidence, payload, sample
from spanhouse_dashboards.alerts.states import Instance, State

pytestmark = [pytest.mark.net, pytest.mark.system]

_RULE = replace(next(rule for rule in load_rules().rules if rule.id == "llm-error-rate"), labels={"team": "chat"})


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    """The address of Debian's Alertmanager, alone, with an empty memory."""
    program = shutil.which("prometheus-alertmanager")
    assert program, "install the package prometheus-alertmanager; make check does"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    configuration = tmp_path / "alertmanager.yml"
    configuration.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    flags = [f"--config.file={configuration}", f"--storage.path={tmp_path / 'memory'}", f"--web.listen-address={address}"]
    process = subprocess.Popen([program, *flags, "--cluster.listen-address="], stderr=subprocess.DEVNULL)
    url = f"http://{address}"
    try:
        while not _is_ready(url):
            assert process.poll() is None
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/-/ready", timeout=1).is_success
    except httpx2.TransportError:
        return False


def _tell(url: str, *, states: dict[str, State], at: datetime) -> None:
    since = at - timedelta(minutes=5)
    occasions = [
        Occasion(
            rule=_RULE,
            project="shop",
            segment={"service": "support", "model": model},
            instance=Instance(state=state, active_since=since, value=0.5),
            at=at,
        )
        for model, state in states.items()
    ]
    status = "firing" if "firing" in states.values() else "resolved"
    notice = Notice(status="firing" if status == "firing" else "resolved", group=(("service", "support"),), occasions=occasions)
    message = payload(notice, Evidence(), console_url="http://console")
    contact = Contact(name="am", channel="alertmanager", address=url)
    send(contact, message, picture=lambda: no_picture(message), timeout_s=5)


def _standing(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx2.get(f"{url}/api/v2/alerts", timeout=5).json()
    return found


def test_each_segment_is_an_alert_of_its_own_with_its_labels_and_its_words(alertmanager: str) -> None:
    now = datetime.now(UTC)
    _tell(alertmanager, states={"a": "firing", "b": "firing"}, at=now)
    alerts = {alert["labels"]["model"]: alert for alert in _standing(alertmanager)}
    assert set(alerts) == {"a", "b"}
    assert alerts["a"]["labels"] == {
        "alertname": "llm-error-rate",
        "project": "shop",
        "service": "support",
        "model": "a",
        "severity": "critical",
        "team": "chat",
    }
    assert alerts["a"]["annotations"]["summary"].startswith("Error rate of LLM calls is at 50% for model a")
    assert alerts["a"]["generatorURL"].startswith("http://console/?project=shop")
    assert datetime.fromisoformat(alerts["a"]["endsAt"]) == pytest.approx(now + timedelta(days=1), abs=timedelta(seconds=1))


def test_what_has_ended_stands_no_longer_while_the_rest_goes_on(alertmanager: str) -> None:
    now = datetime.now(UTC) - timedelta(seconds=5)
    _tell(alertmanager, states={"a": "firing", "b": "firing"}, at=now - timedelta(minutes=1))
    _tell(alertmanager, states={"a": "resolved"}, at=now)
    assert [alert["labels"]["model"] for alert in _standing(alertmanager)] == ["b"]


def test_a_test_is_seen_and_ends_by_itself_within_minutes(alertmanager: str) -> None:
    now = datetime.now(UTC)
    message = sample(now, console_url="http://console")
    send(Contact(name="am", channel="alertmanager", address=alertmanager), message, picture=lambda: b"", timeout_s=5)
    (alert,) = _standing(alertmanager)
    assert alert["annotations"]["summary"].startswith("This is a test and nothing is wrong")
    assert datetime.fromisoformat(alert["endsAt"]) == pytest.approx(now + timedelta(minutes=5), abs=timedelta(seconds=1))
