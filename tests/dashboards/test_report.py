"""The weekly report: its figures are those Python works out, each query gives what stands beside it, and it goes out once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import Query, State, Store
from spanhouse_dashboards.alerts import Contact, RuleBook
from spanhouse_dashboards.alerts.channels import ReceiverAway
from spanhouse_dashboards.report import Week, build, letter, page, summary
from spanhouse_dashboards.report.post import Post, last_week, recipients
from spanhouse_server.cli import run
from tests.dashboards.mailbox import mailbox
from tests.dashboards.seeds import Row, call, drift, score, store_calls, store_rows
from tests.dashboards.webhook_receiver import receiver

pytestmark = [pytest.mark.store, pytest.mark.net]

# A Monday at midnight, as the scheduled reports end.
_END = datetime(2026, 11, 2, tzinfo=UTC)
_WEEK = Week.before(_END)
_EVIL = "<script>alert(1)</script>"


def _calls() -> list[Row]:
    """A hundred calls on `small` a week ago; this week sixty of them and sixty on `large`, dearer, and half of those fail."""
    # Seeds count back from noon of the day on which the report ends.
    old = [call(n, minutes_ago=(12 + 8 * 24) * 60 - n) for n in range(100)]
    same = [call(200 + n, minutes_ago=(12 + 24) * 60 - n) for n in range(60)]
    dear = {"response_model": "large", "cost_usd": Decimal("0.05"), "release": "2", "service": _EVIL}
    failed = {"status_code": "Error", "error_type": "timeout"}
    new = [call(400 + n, minutes_ago=(12 + 24) * 60 - n, **dear, **(failed if n % 2 else {})) for n in range(60)]
    unpriced = [call(600, minutes_ago=(12 + 24) * 60, cost_usd=None, cost_status="unknown_model")]
    return [*old, *same, *new, *unpriced]


@pytest.fixture
def shop(store: Store) -> Store:
    calls = _calls()
    store_calls(store, calls)
    scored = [
        score(n, minutes_ago=0, value=0.9 if row["response_model"] == "small" else 0.4, model=row["response_model"])
        | {"time": row["start_time"], "scored_at": row["start_time"], "release": row["release"]}
        for n, row in enumerate(calls)
    ]
    # Values scatter, as else any difference would be beyond chance.
    scattered = [{**row, "value": row["value"] + (0.02 if n % 2 else -0.02)} for n, row in enumerate(scored)]
    store_rows(store, "scores", scattered)
    store_rows(store, "measurements", [drift(minutes_ago=n * 60, value=n / 50 + 0.08, alarm=True) for n in (12.5, 13)])
    alert = {"project": "shop", "rule": "llm-error-rate", "segment": {"model": "large"}, "state": "firing"}
    store_rows(store, "alerts", [{**alert, "changed_at": _END - timedelta(hours=9), "message": "Error rate is at 50%."}])
    return store


def test_the_figures_are_those_that_python_works_out(shop: Store) -> None:
    report = build(shop, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    now, before = ([row for row in _calls() if start <= row["start_time"] < end] for start, end in _weeks())
    assert (len(now), len(before)) == (121, 100)
    told = {figure.label: (figure.value, figure.before) for figure in report.figures}
    failed = sum(row["status_code"] == "Error" for row in now)
    cost = sum(row["cost_usd"] or 0 for row in now)
    assert told["LLM calls"] == ("121", "100")
    assert told["Error rate"] == (f"{100 * failed / len(now):.3g}%", "0%")
    assert told["p95 latency"] == ("1 s", "1 s")
    assert told["Cost"] == (f"${cost:.2f}", "$0.10")
    assert told["Tokens in"] == ("12,100", "10,000")
    assert told["Mean groundedness (100% scored)"] == ("0.652", "0.900")


def _weeks() -> list[tuple[datetime, datetime]]:
    return [(_WEEK.start, _WEEK.end), (_WEEK.previous.start, _WEEK.previous.end)]


def test_it_says_what_changed_where_it_comes_from_and_what_to_do(shop: Store) -> None:
    report = build(shop, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    told = {finding.what: finding for finding in report.findings}
    errors = told["The error rate rose from 0% to 24.8%."]
    assert errors.why == (
        "Most of it comes from release 2, which is new: 50% of its calls failed. The commonest reasons now: timeout (30)."
    )
    cost = next(finding for what, finding in told.items() if what.startswith("Cost per call"))
    assert cost.why == "Most of it comes from release 2, which is new: $0.05 a call."
    score = next(finding for what, finding in told.items() if what.startswith("Mean groundedness fell from 0.90 to 0.65"))
    assert score.why == "Most of it comes from release 2, which is new and at 0.40."
    assert score.do.startswith("Read the answers with the lowest groundedness")
    drifted = told["Duration (34% of calls of service support) has moved away from the reference."]
    assert drifted.why.startswith("Noticed in 2 windows, first at ")
    assert all(finding.is_bad for finding in told.values())
    assert report.costs[0] == "Model calls cost $3.06, $0.10 the week before; a month like this costs $13.11."
    assert report.costs[1].startswith("$3.00, 98%: service ")
    assert "$1.50 went into calls that failed." in report.costs
    assert "1 call is not in these sums: what its tokens cost is not known." in report.costs
    assert report.to_do[0].startswith("Look at the newest failed calls")
    assert report.headline == "121 LLM calls; 4 things changed, 4 to look at, first: the error rate rose from 0% to 24.8%."


def test_every_query_that_it_shows_gives_what_stands_beside_it(shop: Store) -> None:
    report = build(shop, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    text = page(report)
    for answers in (report.answers, report.before):
        for name, answer in answers.items():
            assert shop.query(Query(name=name, text=answer.sql)) == answer.rows
    shown = re.findall(r"<details><summary>Query: [\w ,]+</summary><pre>", text)
    assert len(shown) >= len(report.answers)


def test_the_page_needs_nothing_else_and_writes_out_nothing_that_runs(shop: Store) -> None:
    report = build(shop, project="shop", week=_WEEK, console_url="http://console")
    text = page(report)
    assert {address.split(",")[0] for address in re.findall(r'src="([^"]+)"', text)} == {"data:image/png;base64"}
    assert len(report.pictures) >= 4
    assert all(shop.query(Query(name=title, text=picture.sql)) for title, picture in report.pictures.items())
    assert all(f"<summary>Query: {title}</summary>" in text for title in report.pictures)
    assert "<link" not in text
    assert _EVIL not in text
    assert "&lt;script&gt;" in text
    short = letter(report)
    assert ("<img" in short, "<details>" in short, "attached file" in short) == (False, False, True)
    assert summary(report) == f"Spanhouse: shop, week to 2026-11-02. {report.headline}"


def _alike_weeks() -> list[dict[str, object]]:
    return [call(n, minutes_ago=(12 + 24 * day) * 60 - n % 60) for n in range(100) for day in (1 + n % 2 * 7,)]


def test_a_week_is_not_calm_while_an_alert_from_before_goes_on(store: Store) -> None:
    store_calls(store, _alike_weeks())
    fired = {"project": "shop", "rule": "quality-drop", "state": "firing", "message": "Quality is low."}
    long, ended, next_week = ({**fired, "segment": {"model": name}} for name in ("large", "small", "medium"))
    changes = [
        {**long, "changed_at": _WEEK.start - timedelta(days=10)},
        {**ended, "changed_at": _WEEK.start - timedelta(days=9), "message": "This is over."},
        {**ended, "changed_at": _WEEK.start - timedelta(days=8), "state": "resolved"},
        {**next_week, "changed_at": _WEEK.end},
    ]
    store_rows(store, "alerts", changes)
    report = build(store, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    (row,) = report.answers["alerts"].rows
    assert (row["fired"], row["segments"], row["not_ended"], row["message"]) == (0, 1, 1, "Quality is low.")
    assert report.headline == "50 LLM calls, and nothing changed by more than chance, but 1 alert rule had not ended."
    began = f"{_WEEK.start - timedelta(days=10):%Y-%m-%d %H:%M}"
    assert report.to_do[0] == f"Look at alert rule quality-drop: it fired at {began} UTC and had not ended."
    assert "Quality is low." in page(report)


def test_a_calm_week_and_an_empty_one_say_so(store: Store) -> None:
    empty = build(store, project="shop", week=_WEEK, console_url="http://console")
    assert (empty.headline, empty.pictures, empty.findings) == ("No LLM calls arrived this week.", {}, [])
    assert empty.to_do == ["Check that the applications run and send to this project: no LLM call arrived."]
    page(empty)
    store_calls(store, _alike_weeks())
    calm = build(store, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    assert calm.headline == "A calm week: 50 LLM calls, and nothing changed by more than chance."
    assert calm.to_do == ["Turn an evaluator on: nobody judges the answers."]
    page(calm)


def test_a_first_week_says_that_nothing_can_be_compared_yet(store: Store) -> None:
    store_calls(store, [call(n, minutes_ago=(12 + 24) * 60 + n) for n in range(50)])
    judged = {"time": _END - timedelta(days=1), "scored_at": _END - timedelta(days=1)}
    store_rows(store, "scores", [score(n, minutes_ago=0, value=n / 2) | judged for n in range(3)])
    first = build(store, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    assert first.to_do == ["Nothing yet: changes can be told once there is as much time before to compare with."]


@pytest.mark.parametrize(("days", "this"), [(1, "this day"), (3, "these 3 days"), (7, "this week"), (30, "these 30 days")])
def test_a_report_speaks_of_as_many_days_as_it_tells_about(store: Store, days: int, this: str) -> None:
    report = build(store, project="shop", week=Week.before(_END, days=days), console_url="http://console")
    assert report.headline == f"No LLM calls arrived {this}."
    assert ("week" in page(report) + summary(report)) == (days == 7)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(f"sqlite:///{tmp_path / 'state.db'}")
    state.create_tables()
    yield state
    state.close()


def test_each_week_it_is_mailed_once_and_again_if_it_did_not_arrive(shop: Store, state: State) -> None:
    with mailbox() as box:
        contact = Contact(name="team", channel="apprise", address=box.address)
        book = RuleBook(interval_s=60, rules=(), contacts=(contact,), report_to=("team",))
        post = Post(store=shop, state=state, book=book, console_url="http://console")
        box.answer = "451 come back later"
        (send,) = post.due(["shop", "empty"], _END + timedelta(hours=7))
        with pytest.raises(ReceiverAway):
            send()
        box.answer = "250 taken"
        (again,) = post.due(["shop", "empty"], _END + timedelta(hours=8))
        again()
        assert list(post.due(["shop", "empty"], _END + timedelta(days=3))) == []
        (silent,) = post.due(["shop"], _END + timedelta(days=7, hours=7))  # nothing was called that week
        silent()
        assert list(post.due(["shop"], _END + timedelta(days=14, hours=7))) == []  # nor the week before
    (mail, last) = box.mails
    assert "No LLM calls arrived this week, after 121 the week before." in " ".join(str(last["Subject"]).split())
    assert "week to 2026-11-02. 121 LLM calls" in " ".join(str(mail["Subject"]).split())
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "shop-2026-11-02.html"
    assert "data:image/png;base64" in attached.get_content()


def test_a_webhook_gets_its_words_as_json(shop: Store, state: State) -> None:
    with receiver() as hook:
        book = RuleBook(interval_s=60, rules=(), contacts=(Contact(name="hook", address=hook.url),), report_to=("hook",))
        for send in Post(store=shop, state=state, book=book, console_url="http://console").due(
            ["shop"], _END + timedelta(hours=7)
        ):
            send()
    (body,) = hook.received
    assert (body["kind"], body["project"]) == ("report", "shop")
    assert "The error rate rose" in body["html"]


def test_a_call_that_failed_before_it_used_a_token_lacks_no_price(store: Store) -> None:
    failed: Row = {
        "status_code": "Error",
        "cost_usd": None,
        "cost_status": "no_usage",
        "input_tokens": None,
        "output_tokens": None,
    }
    store_calls(store, [call(1, minutes_ago=12 * 60 + 5), call(2, minutes_ago=12 * 60 + 6, **failed)])
    report = build(store, project="shop", week=_WEEK, console_url="http://console", has_pictures=False)
    assert report.headline == "2 LLM calls, and none the week before to compare with."
    assert not any("price" in one or "not known" in one for one in [*report.costs, *report.to_do])


def test_a_week_ends_on_monday_and_its_report_waits_until_people_are_up() -> None:
    assert last_week(_END + timedelta(hours=5)) is None
    assert last_week(_END + timedelta(hours=6)) == _WEEK
    assert last_week(_END + timedelta(days=6, hours=23)) == _WEEK


def test_who_gets_it_must_be_able_to_read_it() -> None:
    with pytest.raises(InvalidSettings, match="nobody gets the report"):
        recipients(RuleBook(interval_s=60, rules=()))
    manager = Contact(name="am", channel="alertmanager", address="http://127.0.0.1:9093")
    with pytest.raises(InvalidSettings, match="'am', an Alertmanager, which takes alerts alone"):
        recipients(RuleBook(interval_s=60, rules=(), contacts=(manager,), report_to=("am",)))


def test_the_command_writes_and_sends_it(
    shop: Store, engine_url: str, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mailbox() as box:
        rules = tmp_path / "rules.yaml"
        rules.write_text(f"contacts: [{{name: team, apprise: '{box.address}'}}]\nreport_to: [team]\n")
        out = tmp_path / "report.html"
        where = ["--store", engine_url, "--database", database, "--rules", str(rules), "--project", "shop"]
        assert run(["report", "--until", "2026-11-02", "--out", str(out), "--email", *where]) == 0
    assert "sent to team" in capsys.readouterr().out
    assert "The error rate rose" in out.read_text(encoding="utf-8")
    assert len(box.mails) == 1
    assert run(["report", *where]) == 2
    assert "the report would go nowhere; give --out FILE or --email" in capsys.readouterr().err
