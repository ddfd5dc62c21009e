"""The pages beside traces: what each shows of a day's traffic, of an empty store, and of what other rooms say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from spanhouse_collector.errors import Forbidden, StoreUnavailable, Unauthenticated
from spanhouse_dashboards.console import AlertSilence, AlertState, EvaluatorRun, EvaluatorStanding, Figure, IngestCount
from spanhouse_dashboards.console.rendering import NAVIGATION
from tests.console.serving import Console
from tests.console.traffic import NOW, alert_change, dead_letter, measurement, message, put, score, span

pytestmark = pytest.mark.store

_ASK_FOR_KEY = 'Basic realm="Spanhouse: the key is the password", charset="UTF-8"'
PAGES = tuple(path for group in NAVIGATION for path, _, _ in group)


def words(page: str) -> str:
    """The page's text without markup, spaces joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_on_an_empty_store_and_on_a_busy_one(idle: Console, busy: Console, path: str) -> None:
    for page in (idle.text(path), busy.text(f"{path}?range=7d&environment=production&release=1.5.0")):
        assert page.count("<h1") == 1
        assert "<main id=" in page
        assert "None" not in words(page).replace("None.", "").replace("None:", "")


def test_the_overview_says_which_release_made_things_worse(busy: Console) -> None:
    lead = words(busy.text("/"))
    assert "Since release 1.5.0 of support, first seen Nov 23, 11:53 UTC:" in lead
    for change in ("the error rate rose", "p95 latency rose", "mean groundedness fell", "Compared with release 1.4.0"):
        assert change in lead
    assert "readability" not in lead.split("Compared with")[0]


def test_the_overview_compares_with_the_window_before_where_no_release_is_new(console: Console) -> None:
    def calls(hours_ago: float, number: int, duration_ms: int) -> list[dict[str, object]]:
        return [
            span(
                trace_id=f"{hours_ago * 1000 + n:032.0f}",
                kind="llm",
                start_time=NOW - timedelta(hours=hours_ago, seconds=n),
                duration_ns=duration_ms * 1_000_000,
            )
            for n in range(number)
        ]

    put(console.store, [*calls(30, 40, 100), *calls(3, 40, 250)])
    lead = words(console.text("/"))
    assert "Against the window before: p95 latency rose 2.5-fold from 100 ms to 250 ms" in lead


def test_the_overview_says_so_when_nothing_changed_or_nothing_was_called(idle: Console, busy: Console) -> None:
    assert "No model calls in the last 24 hours" in words(idle.text("/"))
    assert "none in the window before to compare" in words(busy.text("/?release=1.4.0"))


def test_firing_alerts_stand_on_the_overview_and_in_the_navigation(idle: Console) -> None:
    idle.alerts = [
        AlertState(rule="errors", title="Too many errors", state="firing", message="9% of 42 calls failed", since=NOW),
        AlertState(rule="slow", title="Too slow", state="inactive"),
    ]
    page = idle.text("/")
    assert "9% of 42 calls failed" in page
    assert "Too slow" not in page
    assert 'title="1 firing"' in page


def test_pages_serve_while_alert_states_cannot_be_read(idle: Console) -> None:
    idle.alerts_fail = StoreUnavailable("the state database is locked; try again in 1 s")
    assert "Whether alerts fire is not known: the state database is locked" in idle.text("/")
    idle.text("/traces")
    assert "The state database is locked; try again in 1 s." in idle.text("/alerts", 503)


def test_alerts_show_states_and_history(console: Console) -> None:
    pending = AlertState(rule="errors", title="Too many errors", state="pending", segment={"model": "large"}, value=0.09)
    console.alerts = [replace(pending, unit="percentunit", panel="error-rate", runbook="https://example.org/errors")]
    resolved = alert_change(segment={"model": "large"}, state="resolved", value=0.01, threshold=0.05, message="1% failed")
    console.store.insert("alerts", [resolved, alert_change(project="theirs", rule="secret")])
    page = console.text("/alerts")
    text = words(page)
    assert "Too many errors Chart Runbook pending model large Chart 9%" in text
    assert "resolved Too many errors 1% failed" in text
    assert 'href="/?model=large#panel-error-rate"' in page
    assert 'href="https://example.org/errors"' in page
    assert "secret" not in text


def test_an_alert_that_ended_for_want_of_data_looks_like_no_recovery(console: Console) -> None:
    console.store.insert("alerts", [alert_change(state="resolved", value=None), alert_change(state="inactive", value=None)])
    page = console.text("/alerts")
    assert page.count('<span class="pill quiet">no data</span>') == 2
    assert "pill resolved" not in page


def test_quiet_rules_say_what_they_watch_and_broken_ones_why_nothing_is_known(idle: Console) -> None:
    calm = AlertState(rule="slow", title="Too slow", state="inactive", description="Calls take long.", limit="above 10 s")
    idle.alerts = [
        calm,
        replace(calm, rule="cost", title="Too dear", state="error", message="could not be evaluated: no column value"),
    ]
    text = words(idle.text("/alerts"))
    assert "Needs a look 1 of 2 rules" in text
    assert "Too dear Calls take long. error could not be evaluated: no column value" in text
    assert "Quiet 1 rule Rule Alerts when Too slow Calls take long. above 10 s" in text
    assert "Too dear could not be evaluated: no column value" in words(idle.text("/"))


def test_an_alert_of_many_segments_is_told_once_on_the_overview_in_full(idle: Console) -> None:
    firing = AlertState(
        rule="drift", title="Drift", state="firing", message="Drift is 20% for model large.", segment={"model": "large"}
    )
    idle.alerts = [firing, replace(firing, segment={"model": "small"}), replace(firing, segment={"model": "tiny"})]
    page = idle.text("/")
    assert "<b>Drift</b> is 20% for model large." in page
    assert "And 2 more segments." in page


def test_alerts_show_silences_with_their_end_and_who_looks_after_what_fires(idle: Console) -> None:
    idle.alerts = [AlertState(rule="errors", title="Too many errors", state="firing", acknowledged_by="ann", note="on it")]
    idle.silences = [
        AlertSilence(id=7, rule="errors", segment={"model": "large"}, ends_at=NOW + timedelta(hours=3), reason="planned"),
        AlertSilence(id=8, rule="", segment={}, ends_at=NOW + timedelta(days=3), reason="moving house"),
    ]
    page = idle.text("/alerts")
    text = words(page)
    assert "ann looks after it: on it" in text
    assert "Too many errors model large planned Nov 23, 19:30:00 in 3 h End now" in text
    assert "every rule everything moving house Nov 26, 16:30:00 in 3 d End now" in text
    assert 'data-ask="DELETE" action="/api/v1/alerts/silences/7"' in page
    assert 'data-ask="POST" action="/api/v1/alerts/errors/acknowledge"' in page


def test_alerts_without_rules_or_silences_say_so(idle: Console) -> None:
    text = words(idle.text("/alerts"))
    assert text.count("No rules are loaded.") == 2
    assert "None: whoever is to be told is told." in text


def test_who_may_only_read_gets_the_preview_and_no_form_that_changes_anything(idle: Console) -> None:
    idle.alerts = [AlertState(rule="errors", title="Too many errors", state="firing")]
    idle.silences = [AlertSilence(id=7, rule="errors", segment={}, ends_at=NOW, reason="planned")]
    idle.may_change = False
    page = idle.text("/alerts")
    assert re.findall(r'action="(/api/[^"]+)"', page) == ["/api/v1/alerts/preview"]
    assert "an administrator's key may acknowledge and silence" in page


def test_sessions_are_listed_by_their_last_activity_with_question_and_answer(busy: Console) -> None:
    page = busy.text("/sessions")
    listed = re.findall(r'href="/sessions/(session-\d+)"', page)
    assert listed[:3] == ["session-79", "session-78", "session-77"]
    older = re.search(r'<a href="([^"]+)" rel="next">', page)
    assert older is not None
    rest = re.findall(r'href="/sessions/(session-\d+)"', busy.text(older.group(1).replace("&amp;", "&")))
    assert sorted(set(listed) | set(rest), key=lambda name: int(name[8:])) == [f"session-{n}" for n in range(80)]
    assert not set(listed) & set(rest)


def test_how_many_people_there_were_stands_above_the_list_of_all_and_above_no_other(busy: Console) -> None:
    told = words(busy.text("/sessions?range=24h"))
    assert re.search(r"Users \d+ nothing earlier to compare Sessions \d+ nothing earlier to compare", told)
    assert 'aria-label="Main figures"' not in busy.text("/sessions?range=24h&user=u")


def test_sessions_are_found_by_what_any_span_of_theirs_names(console: Console) -> None:
    """A root that names the session, below it a call of a user an hour's end away; and a newer session of somebody else."""
    begun = NOW.replace(minute=59) - timedelta(hours=50)
    root = span(trace_id="a" * 32, span_id="a" * 16, start_time=begun, session_id="order-17", kind="agent")
    call = span(trace_id="a" * 32, span_id="b" * 16, parent_span_id="a" * 16, start_time=begun + timedelta(minutes=2), kind="llm")
    other = span(trace_id="c" * 32, span_id="c" * 16, start_time=NOW - timedelta(minutes=5), session_id="chat-2", user_id="bob")
    put(console.store, [root, {**call, "user_id": "ann", "response_model": "large"}, other], [])
    for sought in ("session=DER-17", "user=ann", "model=large", "session=order&user=ann"):
        page = console.text(f"/sessions?range=7d&{sought}")
        assert re.findall(r'href="/sessions/([a-z0-9-]+)', page) == ["order-17"]
        assert re.findall(r'class="num">(\d+)</td>', page)[:2] == ["1", "1"]
    assert re.findall(r'href="/sessions/([a-z0-9-]+)', console.text("/sessions?range=7d")) == ["chat-2", "order-17"]
    assert "No session in" in console.text("/sessions?range=7d&user=carol")


def test_a_session_reads_as_a_conversation_in_full(console: Console) -> None:
    answer = "long answer " * 60
    turns = [
        span(
            trace_id=f"{n:032x}",
            span_id=f"{n:016x}",
            start_time=NOW - timedelta(minutes=10 - n),
            session_id="s/1 ?",
            kind="llm",
            content={
                "gen_ai.input.messages": f'[{{"role":"user","parts":[{{"type":"text","content":"question {n}"}}]}}]',
                "gen_ai.output.messages": json.dumps([message("assistant", answer)]),
            },
        )
        for n in range(1, 4)
    ]
    about_it = {"target": "session", "trace_id": "", "span_id": "", "explanation": "very helpful"}
    said = score(turns[0], "user_feedback", 1.0, **about_it)
    put(console.store, turns, [score(turns[0], "tone", 0.4), said])
    page = console.text("/sessions")
    link = re.search(r'class="cover" href="(/sessions/[^"]+)"', page)
    assert link is not None
    text = words(console.text(link.group(1)))
    assert text.index("question 1") < text.index("question 2") < text.index("question 3")
    assert answer.strip() in text
    assert "tone 0.40" in text
    assert text.index("user_feedback 1.00") < text.index("user_feedback: very helpful") < text.index("question 1")


def test_a_session_that_is_not_there_is_told_in_one_sentence(idle: Console) -> None:
    assert "No session &#39;ghost&#39; within a week of the last 24 hours; choose another range." in idle.text(
        "/sessions/ghost", 404
    )


def test_scores_show_coverage_and_why_values_are_missing(console: Console) -> None:
    rows = [span(trace_id=f"{n:032x}", span_id=f"{n:016x}", start_time=NOW - timedelta(minutes=n)) for n in range(1, 11)]
    scores = [score(row, "tone", 0.1 * n) for n, row in enumerate(rows[:8])]
    scores += [
        score(rows[8], "tone", None, status="failed", reason="timeout"),
        score(rows[9], "tone", None, status="unscored", reason="no answer"),
    ]
    # Hours that were counted: one row tells of all their scores, and none of them which spans they were.
    rows += [span(trace_id=f"{n:032x}", span_id=f"{n:016x}", start_time=NOW - timedelta(hours=n)) for n in (9, 11)]
    scores += [score(row, "depth", None, status="failed", reason="no answer", explanation=row["span_id"]) for row in rows[-2:]]
    put(console.store, rows, scores)
    page = console.text("/scores")
    text = words(page)
    assert "depth failed no answer" + f" {9:016x} 2" in text
    assert f"/traces/{9:032x}?span={9:016x}" in page
    assert re.search(r"tone evaluator · version 1 0\.35 0 1 0 0\.\d 0\.\d 8 1 1 80%", text)
    assert "tone failed timeout 1" in text
    assert "tone unscored no answer 1" in text


def test_a_score_of_labels_shows_the_labels_and_no_mean(console: Console) -> None:
    rows = [span(trace_id=f"{n:032x}", span_id=f"{n:016x}", start_time=NOW - timedelta(minutes=n)) for n in range(1, 4)]
    put(console.store, rows, [score(row, "mood", None, label="calm") for row in rows])
    text = words(console.text("/scores"))
    assert "mood evaluator · version 1 – calm" in text


def test_drift_shows_alarms_first_with_what_they_stand_on(console: Console) -> None:
    earlier = NOW - timedelta(hours=2)
    rows = [
        measurement(window_end=earlier),
        measurement(value=0.62, alarm=True),
        measurement(name="cost", window_end=earlier),
        measurement(name="cost", value=None, status="unscored", reason="too few calls"),
    ]
    console.store.insert("measurements", rows)
    text = words(console.text("/drift"))
    assert text.index("duration alarm Stands on p_adjusted 0.001 model large 62% 1 of 2") < text.index(
        "cost too few calls Stands on p_adjusted 0.001 model large – 2 windows 0 of 2"
    )


def test_evaluators_show_each_job_and_the_log_of_runs(idle: Console) -> None:
    failed = EvaluatorRun(
        evaluator="tone",
        version="2",
        status="failed",
        started_at=NOW - timedelta(minutes=1),
        finished_at=NOW,
        message="the judge is away",
    )
    finished = EvaluatorRun(
        evaluator="tone",
        version="2",
        status="finished",
        started_at=NOW - timedelta(minutes=2),
        finished_at=NOW - timedelta(seconds=90),
        selected=12,
        scored=10,
        unscored=2,
    )
    idle.runs = [failed, finished]
    text = words(idle.text("/evaluators"))
    assert "tone version 2 Nov 23, 16:29:00 1 min ago failed the judge is away" in text
    assert "Nov 23, 16:28:00 tone finished 30 s 12 10 0 2" in text


def test_evaluators_show_how_far_each_is_and_what_it_cost(idle: Console) -> None:
    idle.runs = [
        EvaluatorRun(
            evaluator="scores",
            version="",
            status="finished",
            started_at=NOW - timedelta(minutes=2),
            finished_at=NOW - timedelta(seconds=90),
            failed=3,
        )
    ]
    idle.standings = [
        EvaluatorStanding(
            evaluator="tone",
            version="2",
            job="scores",
            backlog=1204,
            read_until=NOW - timedelta(minutes=5),
            next_run_at=NOW + timedelta(minutes=8),
            cost_usd=0.25,
            cap_usd=5.0,
            calls=31,
        ),
        EvaluatorStanding(evaluator="spent", version="1", job="scores", backlog=0, cost_usd=1.004, cap_usd=1.0, calls=9),
        EvaluatorStanding(evaluator="refusal", version="1", job="cheap", backlog=0),
    ]
    text = words(idle.text("/evaluators"))
    assert "tone version 2 scores 2 min ago 30 s 3 1,204 Nov 23, 16:25:00 in 8 min 31 $0.25 of $5.00" in text
    assert "9 $1.00 all of $1.00 refusal version 1 cheap not yet – – 0 – – 0 –" in text


def test_the_system_shows_what_was_lost_left_out_and_hidden(console: Console) -> None:
    console.counts = [
        IngestCount(what="Redacted", why="email", times=12),
        IngestCount(what="Request beyond a key's quota", why="spans", times=3),
    ]
    names = ("spanhouse.sdk.signal", "spanhouse.sdk.reason", "spanhouse.sdk.count")
    told = [
        {
            "project": project,
            "time": NOW - timedelta(minutes=number),
            "service": "shop",
            "event_name": event,
            "attributes": dict(zip(names, ("spans", "queue_full", count), strict=True)),
            "record_hash": number,
        }
        for number, (project, event, count) in enumerate(
            [
                ("default", "spanhouse.sdk.dropped", "40"),
                ("default", "spanhouse.sdk.dropped", "2"),
                ("default", "other", "500"),
                ("theirs", "spanhouse.sdk.dropped", "900"),
            ]
        )
    ]
    console.store.insert("logs", told)
    text = words(console.text("/system"))
    assert "Redacted email 12" in text
    assert "Request beyond a key&#39;s quota spans 3" in text
    assert "shop spans queue_full 42 Nov 23, 16:30:00" in text


def test_the_system_says_so_where_nothing_was_lost(idle: Console) -> None:
    text = words(idle.text("/system"))
    assert "Nothing: all that came was taken as it was." in text
    assert "No SDK said that it lost anything." in text


def test_the_system_shows_ingest_tables_dead_letters_and_unpriced_models(console: Console) -> None:
    console.figures = [Figure(label="Lag", value=1.5, unit="s", state="warning", note="oldest waiting request")]
    put(
        console.store,
        [
            span(
                kind="llm",
                response_model="mystery",
                input_tokens=7,
                cost_status="unknown_model",
                start_time=NOW - timedelta(hours=1),
            )
        ],
    )
    console.store.insert("dead_letters", [dead_letter()])
    text = words(console.text("/system"))
    assert "Lag 1.50 s oldest waiting request" in text
    assert re.search(r"spans 1 [\d.]+ KiB", text)
    assert "time out of range traces 1 2 KiB" in text
    assert "mystery – 1 7" in text
    assert "[[price]] model = &#34;mystery&#34; input_usd" in text
    assert "spanhouse prices set FILE" in text


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (Unauthenticated("no key was sent; send one as the password"), 401, ("www-authenticate", _ASK_FOR_KEY)),
        (Forbidden("this key may only send spans; use one that may read"), 403, None),
        (StoreUnavailable("the store is starting; try again in 2 s", retry_after_s=2), 503, ("retry-after", "2")),
    ],
)
def test_an_error_is_a_page_of_one_sentence(idle: Console, error: Exception, status: int, header: tuple[str, str] | None) -> None:
    idle.refuse = error
    reply = idle.client.get("/traces")
    assert reply.status_code == status
    text = str(error)
    assert f'<h1 class="lead">{text[0].upper()}{text[1:]}.</h1>' in reply.text
    if header:
        assert reply.headers[header[0]] == header[1]
