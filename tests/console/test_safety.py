"""Nothing that was sent in may run, load or break out of where it is shown."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from spanhouse_dashboards.console import AlertSilence, AlertState, EvaluatorRun, EvaluatorStanding, Figure, IngestCount
from tests.console.serving import Console
from tests.console.traffic import NOW, Row, alert_change, dead_letter, measurement, message, put, score, span

pytestmark = pytest.mark.store

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{1234*5678}}</pre></textarea>"
TRACE, SPAN = "c" * 32, "c" * 16


class Elements(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and whether scripts hold anything."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in_script = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.inline += data.strip()

    def handle_endtag(self, _tag: str) -> None:
        self._in_script = False


def hostile() -> Row:
    parts = [
        {"type": EVIL, "x": EVIL},
        {"type": "tool_call", "name": EVIL, "arguments": EVIL},
        {"type": "uri", "uri": "javascript:alert(3)"},
        {"type": "uri", "uri": f"https://x/{EVIL}"},
        {"type": "blob", "mime_type": EVIL, "content": "aGk="},
    ]
    content = {
        "gen_ai.input.messages": json.dumps([message(EVIL, EVIL, *parts, name=EVIL, finish_reason=EVIL)]),
        "gen_ai.output.messages": EVIL,
        "gen_ai.tool.call.result": EVIL,
        "gen_ai.retrieval.documents": json.dumps([{"id": EVIL, "content": EVIL, EVIL: EVIL}]),
    }
    row = span(
        trace_id=TRACE,
        span_id=SPAN,
        name=EVIL,
        service=EVIL,
        environment=EVIL,
        release=EVIL,
        kind=EVIL,
        operation=EVIL,
        provider=EVIL,
        request_model=EVIL,
        response_model=f"{EVIL}2",
        tool_name=EVIL,
        agent_name=EVIL,
        session_id=EVIL,
        user_id=EVIL,
        tags=[EVIL],
        finish_reasons=[EVIL],
        error_type=EVIL,
        status_code="Error",
        status_message=EVIL,
        input_preview=EVIL,
        output_preview=EVIL,
        input_tokens=3,
        cost_status="unknown_model",
        attributes={EVIL: EVIL},
        resource_attributes={EVIL: EVIL},
        content=content,
    )
    events = {
        "events.time": [NOW],
        "events.name": [EVIL],
        "events.attributes": [{EVIL: EVIL}],
        "events.attribute_kinds": [[]],
        "events.dropped_attributes_count": [0],
        "links.trace_id": [EVIL],
        "links.span_id": [EVIL],
        "links.trace_state": [""],
        "links.flags": [0],
        "links.attributes": [{EVIL: EVIL}],
        "links.attribute_kinds": [[]],
        "links.dropped_attributes_count": [0],
    }
    return {**row, **events}


@pytest.fixture
def attacked(console: Console) -> Console:
    row = hostile()
    scores = [
        score(row, EVIL, 0.4, label=EVIL, explanation=EVIL, evaluator=EVIL),
        score(row, EVIL + "2", None, status="failed", reason=EVIL),
    ]
    put(console.store, [row], scores)
    console.store.insert(
        "measurements",
        [measurement(evaluator=EVIL, segment={EVIL: EVIL}, name=EVIL, unit=EVIL, reason=EVIL, details={EVIL: 1.0})],
    )
    console.store.insert("alerts", [alert_change(rule=EVIL, segment={EVIL: EVIL}, message=EVIL)])
    console.store.insert("dead_letters", [dead_letter(signal=EVIL, reason=EVIL)])
    console.alerts = [
        AlertState(rule=EVIL, title=EVIL, state="firing", severity=EVIL, segment={EVIL: EVIL}, message=EVIL, since=NOW)
    ]
    console.silences = [AlertSilence(id=1, rule=EVIL, segment={EVIL: EVIL}, ends_at=NOW, reason=EVIL)]
    console.runs = [EvaluatorRun(evaluator=EVIL, version=EVIL, status="failed", started_at=NOW, message=EVIL)]
    console.standings = [EvaluatorStanding(evaluator=EVIL, version=EVIL, job=EVIL, backlog=1)]
    console.counts = [IngestCount(what=EVIL, why=EVIL, times=1)]
    console.figures = [Figure(label=EVIL, value=1, unit="count", note=EVIL)]
    console.now = NOW.replace(minute=45)
    return console


def test_no_page_runs_or_loads_what_was_sent(attacked: Console) -> None:
    session = re.findall(r'class="cover" href="([^"]+)"', attacked.text("/sessions"))[0]
    trace = f"/traces/{TRACE}"
    lists = ("/", "/traces", "/sessions", "/scores", "/drift", "/alerts", "/evaluators", "/system", "/latency")
    for path in (*lists, session, trace, f"{trace}/spans/{SPAN}"):
        page = attacked.text(path)
        assert "alert(" in page
        assert "7006652" not in page  # what a template would make of the braces
        _assert_harmless(Elements(page))


def _assert_harmless(elements: Elements) -> None:
    assert elements.inline == ""
    for tag, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        if tag == "script":
            assert (attributes["src"] or "").startswith("/console/static/")
        if tag in ("img", "audio", "iframe", "object", "embed"):
            assert (attributes.get("src") or "").startswith("data:image/"), attributes
        target = (attributes.get("href") or "") + (attributes.get("action") or "")
        assert target == "" or target.startswith(("/", "#", "https://x/")), (tag, attributes)


def test_hostile_addresses_are_shown_as_text(idle: Console) -> None:
    for path in (
        f"/traces/{EVIL}",
        f"/sessions/{EVIL}",
        f"/traces?user={EVIL}&text={EVIL}&score={EVIL}&model={EVIL}",
        f"/traces?range={EVIL}",
    ):
        reply = idle.client.get(path)
        assert reply.status_code in (200, 400, 404)
        assert Elements(reply.text).inline == ""
        assert "<script>alert" not in reply.text


def test_panel_data_is_json_that_no_browser_takes_for_a_page(attacked: Console) -> None:
    reply = attacked.client.get("/console/panels/latency-by-model")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_every_answer_forbids_foreign_and_inline_code(busy: Console) -> None:
    for path in ("/", "/traces", "/nothing-like-this/../alerts", "/console/static/console.css", "/traces/none"):
        policy = busy.client.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy


def test_halves_of_characters_and_control_signs_do_not_break_a_page(console: Console) -> None:
    messages = '[{"role":"user","parts":[{"type":"text","content":"half \\ud83d end"}]}]'
    put(console.store, [span(trace_id=TRACE, span_id=SPAN, name="\x01\x00odd", content={"gen_ai.input.messages": messages})])
    assert "half ? end" in console.text(f"/traces/{TRACE}")
