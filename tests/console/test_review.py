"""Review: a person is led through what an evaluator scored, in an order that is a fair draw, until all of it is labelled."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.console.serving import Console
from tests.console.traffic import NOW, Row, put, score, span

pytestmark = pytest.mark.store


def answers(console: Console, number: int = 4, *, name: str = "polite") -> list[Row]:
    """So many calls, each with a score of this name: 0.1, 0.2 and so on."""
    rows = [
        span(trace_id=f"{n:032x}", span_id=f"{n:016x}", kind="llm", name=f"call {n}", start_time=NOW - timedelta(minutes=n))
        for n in range(1, number + 1)
    ]
    put(console.store, rows, [score(row, name, n / 10, explanation=f"reason {n}") for n, row in enumerate(rows, 1)])
    return rows


def labelled(console: Console, row: Row, value: float, **more: object) -> None:
    said = {"source": "person", "evaluator": "", "evaluator_version": "", **more}
    console.store.insert("scores", [{**score(row, "polite", value), **said}])


def shown(page: str) -> int:
    """The number of the call that the page asks about."""
    (found,) = re.findall(r'name="span_id" value="([0-9a-f]{16})"', page)
    return int(found, 16)


def test_each_is_asked_about_once_in_an_order_that_is_not_that_of_the_scores(console: Console) -> None:
    rows = answers(console, 8)
    seen = []
    for done in range(8):
        page = console.text("/review?of=polite")
        assert f"<b>{done} of 8</b> labelled" in page
        seen.append(shown(page))
        labelled(console, rows[seen[-1] - 1], float(done % 2))
    assert sorted(seen) == list(range(1, 9))
    assert seen not in ([*range(1, 9)], [*range(8, 0, -1)])
    page = console.text("/review?of=polite")
    assert "<b>8 of 8</b> labelled: 4 yes, 4 no" in page
    assert "(10 of each are needed)" in page
    assert "All 8 are labelled." in page


def test_what_is_skipped_comes_again_and_the_last_label_can_be_taken_back(console: Console) -> None:
    rows = answers(console, 2)
    first = shown(console.text("/review?of=polite"))
    (skip,) = re.findall(r'href="([^"]*after=\d+)"', console.text("/review?of=polite"))
    page = console.text(skip.replace("&amp;", "&"))
    assert shown(page) == 3 - first
    labelled(console, rows[2 - first], 1.0)
    end = console.text(skip.replace("&amp;", "&"))
    assert "You have come to the end; 1 were skipped." in end
    assert shown(console.text("/review?of=polite")) == first
    assert shown(console.text("/review?of=polite&back=1")) == 3 - first


def test_only_what_the_filters_leave_is_asked_about(console: Console) -> None:
    answers(console, 5)
    page = console.text("/review?of=polite&below=0.25")
    assert "<b>0 of 2</b> labelled" in page
    assert "Only values below 0.25 come" in page
    assert "scored no span in the last 24 hours that fits these filters" in console.text("/review?of=polite&release=none")


def test_the_span_is_shown_and_what_the_evaluator_said_only_to_who_asks(console: Console) -> None:
    answers(console, 1)
    page = console.text("/review?of=polite")
    assert "call 1" in page
    assert re.search(r"<details[^>]*><summary><h3>What polite said</h3></summary>\s*<p><span class=\"score-value\">0.1<", page)
    assert page.count("reason 1") == 1


def test_a_key_that_may_only_read_gets_no_buttons(console: Console) -> None:
    answers(console, 1)
    console.may_change = False
    page = console.text("/review?of=polite")
    assert "data-press" not in page
    assert "This key may only read" in page


def test_one_chooses_among_what_evaluators_scored(console: Console, idle: Console) -> None:
    rows = answers(console)
    labelled(console, rows[0], 1.0, name="thumbs")
    page = console.text("/review")
    assert re.findall(r'href="/review\?of=([a-z]+)"', page) == ["polite"]
    assert "No evaluator scored a span in the last 24 hours." in idle.text("/review")
    assert "give 1, or leave it out" in idle.text("/review?of=polite&back=yes", 400)


def test_a_span_that_is_gone_can_be_skipped(console: Console) -> None:
    row = span(trace_id="a" * 32, span_id="a" * 16, start_time=NOW - timedelta(minutes=1))
    console.store.insert("scores", [score(row, "polite", 0.5)])
    page = console.text("/review?of=polite")
    assert "The span is no longer kept; skip it." in page
