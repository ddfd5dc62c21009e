"""The list of traces: order, pages, filters, and what it says when it is empty."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from spanhouse_collector.storage import Query
from spanhouse_dashboards.console.pages import traces
from spanhouse_dashboards.console.statements import statement
from tests.console import traffic
from tests.console.serving import Console
from tests.console.traffic import NOW, put, score, span

pytestmark = pytest.mark.store


def traces_in(page: str) -> list[str]:
    """Ids of the traces listed, in the page's order."""
    return re.findall(r'class="cover" href="/traces/([0-9a-f]{32})', page)


def older(page: str) -> str | None:
    found = re.search(r'<a href="([^"]+)" rel="next">', page)
    return found.group(1).replace("&amp;", "&") if found else None


def trace(number: int, **more: object) -> traffic.Row:
    return span(trace_id=f"{number:032x}", span_id=f"{number:016x}", start_time=NOW - timedelta(minutes=number), **more)


@pytest.mark.parametrize("filters", ["", "?longer_s=0"], ids=["newest_traces", "traces_page"])
def test_all_traces_are_listed_once_newest_first_page_by_page(busy: Console, filters: str) -> None:
    """With a filter that lets all pass, too: another statement answers then."""
    listed: list[str] = []
    address: str | None = f"/traces{filters}"
    while address:
        page = busy.text(address)
        listed += traces_in(page)
        address = older(page)
    spans, _ = traffic.traffic()
    roots = sorted((row for row in spans if not row["parent_span_id"]), key=lambda row: row["start_time"], reverse=True)
    assert listed == [row["trace_id"] for row in roots]


def test_a_row_shows_question_answer_model_cost_and_scores(busy: Console) -> None:
    page = busy.text("/traces?release=1.4.0")
    for words in (
        "answer_question",
        "Where is my order 4711?",
        "gpt-5-mini",
        "1.4.0",
        "groundedness",
        "session-",
        "tokens",
        "$0.000",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status=error", [2]),
        ("status=ok", [1, 3, 4]),
        ("model=large", [3]),
        ("session=s1", [1]),
        ("user=u4", [4]),
        ("text=LAMP", [1]),
        ("longer_s=5", [4]),
        ("score=tone", [1, 3]),
        ("score=tone&below=0.5", [3]),
        ("environment=staging", [2]),
        ("release=9&service=shop", [4]),
        ("range=1h&status=error&model=large", []),
    ],
)
def test_filters_narrow_the_list(console: Console, query: str, numbers: list[int]) -> None:
    rows = [
        trace(1, session_id="s1", input_preview="Where is my lamp?"),
        trace(2, status_code="Error", environment="staging"),
        trace(3, kind="llm", response_model="large"),
        trace(4, user_id="u4", duration_ns=6_000_000_000, release="9", service="shop"),
    ]
    put(console.store, rows, [score(rows[0], "tone", 0.9), score(rows[2], "tone", 0.2)])
    assert traces_in(console.text(f"/traces?{query}")) == [f"{number:032x}" for number in numbers]


def test_a_trace_without_its_root_is_listed_and_says_so(console: Console) -> None:
    put(console.store, [trace(1, parent_span_id="f" * 16, name="lonely")])
    page = console.text("/traces")
    assert "lonely" in page
    assert "root missing" in page


def test_a_page_further_back_shows_a_trace_by_all_its_spans(console: Console) -> None:
    rows = [trace(number) for number in range(1, 53)]
    late = span(trace_id=rows[50]["trace_id"], span_id="e" * 16, parent_span_id=rows[50]["span_id"], kind="llm",
                response_model="large", start_time=rows[50]["start_time"] + timedelta(minutes=4))  # fmt: skip
    put(console.store, [*rows, late])
    second = older(console.text("/traces"))
    assert second is not None
    assert traces_in(console.text(second)) == [rows[50]["trace_id"], rows[51]["trace_id"]]
    assert "large" in console.text(second)


def test_another_project_is_not_seen(console: Console) -> None:
    put(console.store, [trace(1, project="theirs")])
    assert traces_in(console.text("/traces")) == []


def test_an_empty_store_shows_how_to_send_the_first_trace(idle: Console) -> None:
    page = idle.text("/traces")
    assert "No trace in the last 24 hours" in page
    assert "spanhouse.init(" in page
    assert "http://testserver" in page


def test_filters_that_fit_nothing_offer_a_way_out(busy: Console) -> None:
    page = busy.text("/traces?user=nobody")
    assert "fits these filters" in page
    assert "spanhouse.init(" not in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("range=2h", "Range &#39;2h&#39; is unknown; use one of 1h, 6h, 24h, 7d, or give from and to."),
        ("from=yesterday", "Parameter &#39;from&#39; is &#39;yesterday&#39;; give an instant as 2026-11-23T14:30 (UTC)."),
        ("status=odd", "Status &#39;odd&#39; is unknown; use ok or error."),
        ("below=low", "Parameter &#39;below&#39; is &#39;low&#39;; give a number."),
        ("longer_s=-1", "Longer_s is -1.0; give seconds from 0 to 1,000,000,000."),
        ("before=x", "The cursor &#39;x&#39; cannot be read; start again from the first page."),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_sentence(idle: Console, query: str, sentence: str) -> None:
    assert f'<h1 class="lead">{sentence}</h1>' in idle.text(f"/traces?{query}", status=400)


def test_a_range_of_ones_own_is_kept_by_every_link(busy: Console) -> None:
    page = busy.text("/traces?from=2026-11-23T10:00&to=2026-11-23T12:00&model=gpt-5-mini")
    assert 'href="/sessions?from=2026-11-23T10%3A00&amp;to=2026-11-23T12%3A00&amp;model=gpt-5-mini"' in page
    spans, _ = traffic.traffic()
    calls = [row for row in spans if row["response_model"] == "gpt-5-mini"]
    begin, end = traffic.NOW.replace(hour=10, minute=0), traffic.NOW.replace(hour=12, minute=0)
    assert set(traces_in(page)) == {row["trace_id"] for row in calls if begin <= row["start_time"] < end}


@pytest.mark.parametrize(("text", "is_read"), [("", False), ("lamp", True)])
def test_a_list_reads_previews_only_to_search_them(idle: Console, text: str, is_read: bool) -> None:
    plain = {
        "project": "default",
        "before_ns": 2**63 - 1,
        "before_trace": "",
        "status": "",
        "session": "",
        "user": "",
        "score": "",
    }
    scope = {"environment": "", "service": "", "model": "", "release": "", "from": NOW - timedelta(days=1), "to": NOW}
    numbers: dict[str, object] = {"min_duration_ns": None, "below": None, "limit": 10, "traces": []}
    explained = Query(name="explained", text=f"EXPLAIN header = 1 {statement('traces_page').text}")
    steps = "\n".join(row["explain"] for row in idle.store.query(explained, {**plain, **scope, **numbers, "text": text}))
    assert ("input_preview String" in steps) == is_read


MONTH = "from=2026-10-24T00:00&to=2026-11-23T16:30"


def test_a_rare_text_is_found_long_ago_with_the_other_filters(console: Console) -> None:
    days = [
        trace(number * 1440, input_preview="Where is order 4711?", environment=("a", "b")[number % 2]) for number in range(3, 9)
    ]
    put(console.store, [trace(1), *days])
    assert traces_in(console.text(f"/traces?{MONTH}&text=ORDER+4711")) == [row["trace_id"] for row in days]
    assert traces_in(console.text(f"/traces?{MONTH}&text=4711&environment=b")) == [row["trace_id"] for row in days[::2]]
    assert traces_in(console.text(f"/traces?{MONTH}&text=4712")) == []


def test_a_text_that_a_later_copy_took_back_is_not_found(console: Console) -> None:
    row = trace(5 * 1440, input_preview="secret")
    put(console.store, [row])
    put(console.store, [{**row, "input_preview": "masked"}])
    assert traces_in(console.text(f"/traces?{MONTH}&text=secret")) == []
    assert traces_in(console.text(f"/traces?{MONTH}&text=masked")) == [row["trace_id"]]


def test_a_trace_of_many_hours_is_found_by_what_was_said_last_and_listed_by_its_begin(console: Console) -> None:
    long, short = trace(9 * 1440), trace(9 * 1440 - 60, input_preview="done")
    last = span(trace_id=long["trace_id"], span_id="e" * 16, parent_span_id=long["span_id"], output_preview="all done",
                start_time=long["start_time"] + timedelta(hours=5))  # fmt: skip
    put(console.store, [long, short, last])
    assert traces_in(console.text(f"/traces?{MONTH}&text=done")) == [short["trace_id"], long["trace_id"]]


def test_a_text_of_many_traces_is_paged_as_if_each_had_been_looked_up(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "PAGE_ROWS", 4)
    monkeypatch.setattr(traces, "_TEXT_TRACES", 6)
    # Each fifth begins a day before it says anything, so the newest matches are not all of the newest traces.
    rows = [trace(1440 * (3 + number // 2) + number, input_preview="" if number % 5 == 0 else "lamp") for number in range(20)]
    said = [span(trace_id=row["trace_id"], span_id="e" * 16, parent_span_id=row["span_id"], output_preview="lamp",
                 start_time=row["start_time"] + timedelta(days=1)) for row in rows[::5]]  # fmt: skip
    put(console.store, [*rows, *said])
    listed: list[str] = []
    address: str | None = f"/traces?{MONTH}&text=lamp"
    while address:
        page = console.text(address)
        listed += traces_in(page)
        address = older(page)
    assert listed == [row["trace_id"] for row in sorted(rows, key=lambda row: row["start_time"], reverse=True)]


def test_filters_offer_what_was_seen_in_whole_hours_and_at_the_ends_of_the_range(console: Console) -> None:
    # The range begins and ends within an hour; what lies a minute outside is not offered.
    ends = {"early": 12 * 60 + 20, "first": 12 * 60 + 5, "hour": 8 * 60, "last": 40, "late": 20}
    rows = [trace(minutes, release=release) for release, minutes in ends.items()]
    put(console.store, rows, [score(row, f"tone-{row['release']}", 0.5) for row in rows])
    page = console.text("/traces?from=2026-11-23T04:20&to=2026-11-23T16:00")
    offered = set(re.findall(r"<option [^>]*>([^<]+)</option>", page))
    seen = {"first", "hour", "last"}
    assert offered & {*ends, *(f"tone-{release}" for release in ends)} == {*seen, *(f"tone-{release}" for release in seen)}
