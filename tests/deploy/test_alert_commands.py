"""`spanhouse alerts` on a state database: what fires is acknowledged and silenced from a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.rounds import Segment
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_server.cli import run
from tests.dashboards.mailbox import mailbox
from tests.dashboards.webhook_receiver import receiver


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which the error rate of one service fires."""
    state = State(f"sqlite:///{tmp_path / 'state.db'}")
    state.create_tables()
    now = datetime.now(UTC)
    instance = Instance(state="firing", active_since=now, breached_at=now, value=0.5)
    standing: dict[Segment, Instance] = {(("service", "support"),): instance}
    with state.transaction() as connection:
        records.replace_instances(connection, project="default", rule="llm-error-rate", found=standing)
    state.close()
    return tmp_path


def test_what_fires_is_acknowledged(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--data", str(data)]
    assert run(["alerts", "ack", "llm-error-rate", "--by", "ann", "--segment", "service=support", *where]) == 0
    assert capsys.readouterr().out == "1 firing segment of llm-error-rate acknowledged; nobody is reminded until it ends\n"
    assert run(["alerts", "state", *where]) == 0
    assert "50%          service support (acknowledged by ann)" in capsys.readouterr().out
    assert run(["alerts", "ack", "no-data", "--by", "ann", *where]) == 1
    assert "rule 'no-data' does not fire there" in capsys.readouterr().err
    assert run(["alerts", "ack", "llm-error-rate", "--segment", "support", *where]) != 0
    assert "--segment is 'support'; give a label and its value" in capsys.readouterr().err


def test_limits_and_lengths_of_rules_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "rules"]) == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "above 2 times for 5 min, over 24 h: p95 latency" in told["latency-change"]
    assert ", over 30 days: LLM calls" in told["traffic-anomaly"]


@pytest.mark.parametrize("hours", ["0", "-3", "1e9", "nan", "inf"])
def test_a_rule_is_tested_over_hours_that_make_sense(hours: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "test", "no-data", "--hours", hours]) == 2
    assert "; give more than 0 and at most 8,784 (a year)" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["0", "-60"])
def test_a_rule_is_tested_in_steps_that_lead_on(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "test", "no-data", "--step-s", step]) == 2
    assert f"--step-s is {step}; give at least 1, the seconds between two evaluations" in capsys.readouterr().err


def test_a_calm_project_is_said_to_be_calm(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alerts", "state", "--data", str(data), "--project", "other"]) == 0
    assert capsys.readouterr().out == "nothing is pending or firing\n"


def test_a_file_with_an_address_that_nothing_can_be_sent_to_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("contacts: [{name: team, apprise: 'slak://token@channel'}]")
    assert run(["alerts", "check", str(file)]) == 2
    said = capsys.readouterr().err
    assert "contact 'team': apprise knows no service for that address; write it as https://appriseit.com/services/ says" in said
    assert "token" not in said
    file.write_text("contacts: [{name: team, apprise: 'json://127.0.0.1:9/hook'}]")
    assert run(["alerts", "check", str(file)]) == 0


def test_a_silence_is_made_listed_and_ended(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--data", str(data)]
    assert run(["alerts", "silence", "no-data", "--for", "2h", "--reason", "moving house", *where]) == 0
    assert "silence 1 until" in capsys.readouterr().out
    assert run(["alerts", "silences", *where]) == 0
    assert "1      no-data, every segment, until" in capsys.readouterr().out
    assert run(["alerts", "unsilence", "1", *where]) == 0
    capsys.readouterr()
    assert run(["alerts", "silences", *where]) == 0
    assert capsys.readouterr().out == "nothing is silenced\n"
    assert run(["alerts", "silence", "nothing", "--for", "2h", "--reason", "x", *where]) == 1
    assert "there is no rule 'nothing'" in capsys.readouterr().err


@pytest.mark.net
def test_a_contact_is_tried_out_with_what_says_that_it_is_a_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = ["--public-url", "https://watch.example.org/"]
    with receiver() as hook:
        assert run(["alerts", "send-test", "webhook", "--alert-webhook", hook.url, *public]) == 0
        assert run(["alerts", "send-test", "nobody", "--alert-webhook", hook.url]) == 1
    (told,) = hook.received
    assert (told["title"], told["is_test"], told["status"]) == ("A test of this contact", True, "firing")
    assert told["message"] == "This is a test and nothing is wrong: alerts of Spanhouse reach this contact."
    assert told["panel_url"].startswith("https://watch.example.org/")


@pytest.mark.net
def test_a_test_that_comes_by_mail_is_no_alarm(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    with mailbox() as box:
        rules.write_text(f"contacts: [{{name: team, apprise: '{box.address}'}}]")
        assert run(["alerts", "send-test", "team", "--rules", str(rules)]) == 0
    (mail,) = box.mails
    assert mail["subject"] == "[TEST] A test of this contact: default"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "there is nothing to do" in text.get_content()
    assert "FIRING" not in text.get_content()
