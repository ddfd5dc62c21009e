"""How messages reach people: real protocols against receivers on this machine, and what may never be written down."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import apprise.plugins.pagerduty
import apprise.plugins.slack
import pytest
import vl_convert

from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import Contact, RuleBook, load_rules, records
from spanhouse_dashboards.alerts.channels import NotificationRefused, ReceiverAway, send
from spanhouse_dashboards.alerts.delivery import Courier, no_picture
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.notices import Notice
from spanhouse_dashboards.alerts.payload import Evidence, payload
from spanhouse_dashboards.alerts.picture import as_ruled, marked
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.alerts.states import State as AlertState
from spanhouse_dashboards.console.charts import draw
from spanhouse_dashboards.panels import Column, PanelResult, Threshold, TimeRange, panel_by_id
from tests.dashboards.mailbox import mailbox
from tests.dashboards.seeds import NOON
from tests.dashboards.webhook_receiver import Receiver, receiver

pytestmark = pytest.mark.net

_RULE = next(rule for rule in load_rules().rules if rule.id == "llm-error-rate")
# A picture of one pixel.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
_SECRET = "T1JJN3T4L2"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.db'}")
    state.create_tables()
    yield state
    state.close()


def _message(status: AlertState = "firing", *, severity: str = "critical") -> Mapping[str, Any]:
    rule = replace(_RULE, severity=severity)
    instance = Instance(state=status, active_since=NOON, value=0.5)
    occasion = Occasion(rule=rule, project="shop", segment={"service": "support"}, instance=instance, at=NOON)
    notice = Notice(status="firing" if status == "firing" else "resolved", group=(("service", "support"),), occasions=[occasion])
    return payload(notice, Evidence(trace_ids=["abc"]), console_url="http://console")


def _send(address: str, message: Mapping[str, Any], *, picture: bytes = b"") -> None:
    contact = Contact(name="oncall", channel="apprise", address=address)
    send(contact, message, picture=lambda: picture, timeout_s=2)


def test_the_picture_shows_the_limit_of_the_rule_that_fired_and_not_the_panels_own() -> None:
    panel = panel_by_id("error-rate")
    message = {**_message(), "threshold": 0.1, "unit": "percentunit"}
    assert panel.thresholds[0].value != 0.1
    assert as_ruled(panel, message).thresholds == (Threshold(value=0.1, severity="bad"),)
    assert as_ruled(panel, {**message, "unit": "times"}) == panel


def test_a_mail_says_what_happened_and_carries_the_panel_as_a_picture() -> None:
    with mailbox() as box:
        _send(box.address, _message(), picture=_PNG)
    (mail,) = box.mails
    assert mail["To"] == "oncall@example.org"
    assert mail["Subject"] == "[FIRING] Error rate of LLM calls: service support"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Error rate of LLM calls is at 50% for service support in project shop, above 5%" in text.get_content()
    assert "http://console/traces/abc?project=shop" in text.get_content()
    (picture,) = mail.iter_attachments()
    assert (picture.get_filename(), picture.get_content()) == ("panel.png", _PNG)


def test_slack_gets_the_message_in_its_own_shape(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    hook.answer = b"ok"
    monkeypatch.setattr(apprise.plugins.slack.NotifySlack, "webhook_url", hook.url)
    _send(f"slack://T1JJ3T3L2/A1BRTD4JD/{_SECRET}TIiajkdnlazkcOXrIdevi7F/#alerts", _message())
    (sent,) = hook.received
    assert sent["channel"] == "#alerts"
    (attachment,) = sent["attachments"]
    assert attachment["title"] == "[FIRING] Error rate of LLM calls: service support"
    assert "is at 50% for service support" in attachment["text"]


def test_the_lines_of_a_picture_say_what_they_are() -> None:
    panel = as_ruled(panel_by_id("error-rate"), {**_message(), "threshold": 0.1, "unit": "percentunit"})
    columns = (Column(name="time", role="time"), Column(name="error_rate", role="value"))
    rows = [(NOON + timedelta(minutes=minute), minute / 10) for minute in range(10)]
    time_range = TimeRange(start=NOON, end=NOON + timedelta(minutes=10))
    spec = draw(panel, PanelResult(columns=columns, rows=rows, interval_s=60), time_range=time_range)
    assert spec is not None
    picture = vl_convert.vegalite_to_svg({**marked(spec, panel, since=NOON + timedelta(minutes=4)), "width": 600})
    assert {"limit 10%", "began 12:04"} <= set(re.findall(r"<text[^>]*>([^<]+)</text>", picture))


@pytest.mark.parametrize("value", [0.01, None])
def test_pagerduty_resolves_the_incident_that_it_opened(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch, value: float | None
) -> None:
    monkeypatch.setitem(apprise.plugins.pagerduty.PAGERDUTY_API_LOOKUP, "us", hook.url)
    address = f"pagerduty://{_SECRET}@{_SECRET}"
    _send(address, _message())
    _send(address, {**_message("resolved"), "value": value})
    opened, closed = hook.received
    assert (opened["event_action"], opened["payload"]["severity"]) == ("trigger", "critical")
    assert opened["payload"]["summary"].startswith("[FIRING] Error rate of LLM calls: service support")
    assert closed["event_action"] == "resolve"
    assert opened["dedup_key"] == closed["dedup_key"] == "shop/llm-error-rate/service support"


def test_an_address_that_the_library_does_not_know_is_refused_for_good(hook: Receiver) -> None:
    with pytest.raises(NotificationRefused, match="none that the library can use"):
        _send("carrier-pigeon://loft", _message())


def test_a_service_that_is_away_is_tried_again() -> None:
    with pytest.raises(ReceiverAway, match="did not take the message"):
        _send("json://127.0.0.1:9/closed", _message())


@pytest.mark.parametrize(
    "address",
    [
        f"json://user:{_SECRET}@127.0.0.1:9/closed",
        f"pagerduty://{_SECRET}@?region=mars",
        f"slack://{_SECRET}",
        f"pigeon://{_SECRET}",
    ],
)
def test_no_secret_of_an_address_is_written_down(
    address: str, state: State, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    contact = Contact(name="oncall", channel="apprise", address=address)
    book = RuleBook(interval_s=60, rules=(), contacts=(contact,))
    with state.transaction() as connection:
        records.add_delivery(connection, contact="oncall", payload=json.dumps(dict(_message())), now=NOON)
    assert Courier(state=state, book=book, clock=lambda: NOON, picture=no_picture, timeout_s=1).deliver() == 0
    with state.transaction() as connection:
        errors = [one.error for one in records.recent_deliveries(connection, limit=9)]
    assert errors != [""]
    told = capfd.readouterr()
    assert _SECRET not in "".join([*errors, caplog.text, told.out, told.err, repr(book)])


def test_a_receiver_that_never_answers_holds_up_nobody_else(hook: Receiver, state: State) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        slow = Contact(name="slow", address=f"http://127.0.0.1:{mute.getsockname()[1]}/hook")
        book = RuleBook(interval_s=60, rules=(), contacts=(slow, Contact(name="oncall", address=hook.url)))
        courier = Courier(state=state, book=book, clock=lambda: NOON, timeout_s=3)
        with state.transaction() as connection:
            for contact in ("slow", "oncall"):
                records.add_delivery(connection, contact=contact, payload=json.dumps(dict(_message())), now=NOON)
        stop = threading.Event()
        running = threading.Thread(target=courier.run, args=(stop,))
        running.start()
        while _waiting(state) != ["slow"]:
            time.sleep(0.01)
        stop.set()
        running.join()
    assert len(hook.received) == 1


def _waiting(state: State) -> list[str]:
    with state.transaction() as connection:
        return records.waiting_contacts(connection)
