"""Scores, feedback and prompts as people get them wrong, caught in memory."""

from collections.abc import Callable
from typing import Any

import pytest

import spanhouse
from spanhouse import faults
from spanhouse.testing import Captured

wrong: Any = spanhouse  # what the types rule out
WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: spanhouse.score("good"), "the score 'good' has neither value nor label; give one of them"),
    (lambda: wrong.score("good", "yes"), "the value of the score 'good' is 'yes'; give a finite number, or a label"),
    (lambda: spanhouse.score("good", float("nan")), "the value of the score 'good' is nan; give a finite number, or a label"),
    (lambda: spanhouse.score("good", 1, trace_id="t-1"), "trace_id is 't-1'; give hexadecimal digits, as Span.trace_id has them"),
    (lambda: spanhouse.score("good", 1, trace_id=""), "trace_id is ''; give hexadecimal digits, as Span.trace_id has them"),
    (
        lambda: spanhouse.score("good", 1, span_id="0b"),
        "span_id is 000000000000000b and its trace is not said; give trace_id, too",
    ),
    (lambda: wrong.feedback("down"), "good is 'down'; give True or False"),
    (lambda: wrong.feedback(None), "good is None; give True or False"),
]


@pytest.mark.parametrize(("call", "told"), WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_a_score_is_not_sent_and_the_log_says_why(
    spanhouse_capture: Captured,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[], object],
    told: str,
) -> None:
    monkeypatch.setattr(faults, "_next_log_s", {})
    with spanhouse.span("request"):
        call()
    assert spanhouse_capture.scores == []
    assert f"ValueError: {told}" in caplog.text


def test_score_without_an_open_span_belongs_to_the_session_of_the_context(spanhouse_capture: Captured) -> None:
    with spanhouse.context(session_id="s-1"):
        spanhouse.feedback(True)
        with spanhouse.span("request"):
            spanhouse.feedback(True)
    of_session, of_span = (record.log_record for record in spanhouse_capture.scores)
    assert (of_session.trace_id, dict(of_session.attributes or {})["session.id"]) == (0, "s-1")
    assert (of_span.trace_id, "session.id" in (of_span.attributes or {})) == (1, False)


@pytest.mark.parametrize("prompt", ["ab", ("support",), {"name": "support", "version": "7"}])
def test_prompt_that_is_no_name_and_version_is_not_written_and_the_log_says_why(
    spanhouse_capture: Captured, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, prompt: Any
) -> None:
    monkeypatch.setattr(faults, "_next_log_s", {})
    with spanhouse.context(prompt=prompt), spanhouse.span("request"):
        pass
    assert spanhouse_capture.span("request").attributes == {}
    assert f"ValueError: prompt is {prompt!r}; give its name and version, such as ('support', '7')" in caplog.text


def test_prompt_without_a_version_has_only_its_name(spanhouse_capture: Captured) -> None:
    unversioned: Any = ("support", None)
    with spanhouse.context(prompt=unversioned), spanhouse.span("request"):
        pass
    assert spanhouse_capture.span("request").attributes == {"gen_ai.prompt.name": "support"}
