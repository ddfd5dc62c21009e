"""4,507 real questions with ChatGPT's answers, as spans through the SDK: each is stored, once, its text untouched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import spanhouse
from tests.server_process import ServerProcess

_MODEL = "gpt-3.5-turbo"
_QUESTIONS = 4507
_FLUSH_S = 15

pytestmark = [pytest.mark.net, pytest.mark.shared, pytest.mark.timeout(60)]


def _send(questions: list[dict[str, Any]], endpoint: str) -> str:
    """One model call for each question below one workflow, as an application that reports its calls itself would.

    Returns the trace id.
    """
    spanhouse.init(endpoint, service_name="halueval-replay", instrument=False)
    try:
        with spanhouse.span("replay", kind="workflow") as replay:
            for line, asked in enumerate(questions):
                with spanhouse.span("answer", kind="llm", model=_MODEL, provider="openai", attributes={"line": line}) as call:
                    call.set_input(asked["user_query"])
                    call.set_output(asked["chatgpt_response"])
        assert spanhouse.flush(_FLUSH_S)
        return replay.trace_id
    finally:
        spanhouse.shutdown()


def _text(messages: str) -> str:
    ((part,),) = (message["parts"] for message in json.loads(messages))
    return str(part["content"])


def _as_sent(span: dict[str, Any]) -> tuple[int, str, str, str]:
    content = span["content"]
    texts = (_text(content["gen_ai.input.messages"]), _text(content["gen_ai.output.messages"]))
    return int(span["attributes"]["line"]), span["request_model"], *texts


def test_every_question_is_stored_once_and_unchanged(server_process: ServerProcess, shared: Path) -> None:
    lines = (shared / "data" / "halueval_general.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    assert len(questions) == _QUESTIONS

    trace_id = _send(questions, server_process.url)
    spans = server_process.trace(trace_id, spans=_QUESTIONS + 1)

    assert len(spans) == len({span["span_id"] for span in spans}) == _QUESTIONS + 1
    stored = sorted(_as_sent(span) for span in spans if span["kind"] == "llm")
    sent = [(line, _MODEL, asked["user_query"], asked["chatgpt_response"]) for line, asked in enumerate(questions)]
    assert [row for row, original in zip(stored, sent, strict=True) if row != original] == []
