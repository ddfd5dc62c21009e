"""Every file of sdk/examples is run against a model server and a collector; what it must store stands here, a row a span."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.corpus.capture import servers
from tests.ports import free_ports
from tests.sdk.test_docs import BLOCK
from tests.server_process import ServerProcess

_TIMEOUT_S = 90
pytestmark = [pytest.mark.net, pytest.mark.system, pytest.mark.timeout(2 * _TIMEOUT_S)]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "sdk" / "examples"
BIN = ROOT / ".venv" / "examples" / "bin"
_POLL_S = 0.2

# Kind, model or tool or name, input tokens; None where the row has none.
Row = tuple[str, str, int | None]
_CHAT: Row = ("llm", "gpt-4o-mini", 21)
# The model is asked twice: it wants the tool's result first.
_WITH_TOOL: list[Row] = [("llm", "gpt-4o-mini", 48), ("llm", "gpt-4o-mini", 70), ("tool", "execute_tool get_order", None)]
SCRIPTS: Mapping[str, list[Row]] = {
    "openai_chat": [_CHAT, _CHAT],
    "anthropic_http": [("llm", "claude-sonnet-4-5", 21)],
    "requests_observe": [_CHAT, ("workflow", "invoke_workflow support", None)],
    "langgraph_agent": [*_WITH_TOOL, ("agent", "invoke_agent shop", None)],
    "llamaindex_rag": [
        _CHAT,
        ("embedding", "text-embedding-3-small", 4),
        ("embedding", "text-embedding-3-small", 4),
        ("retriever", "retrieval", None),
        ("workflow", "invoke_workflow answer", None),
    ],
    "pydantic_ai_agent": [*_WITH_TOOL, ("agent", "invoke_agent shop", None)],
    "openai_agents": [*_WITH_TOOL, ("agent", "invoke_agent shop", None), ("workflow", "invoke_workflow Agent workflow", None)],
}
IN_A_SESSION = {"openai_chat": "chat-1", "langgraph_agent": "chat-2", "pydantic_ai_agent": "chat-3"}


@pytest.fixture
def variables(server_process: ServerProcess) -> Iterator[dict[str, str]]:
    """The environment in which an example finds a model and the collector."""
    with servers.model() as url:
        clients = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_BASE": f"{url}/v1", "OPENAI_API_KEY": "none"}
        own = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "none", "SPANHOUSE_ENDPOINT": server_process.url}
        # Nothing of ours but what is installed there.
        yield {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **clients, **own}


def stored(server: ServerProcess, service: str, *, spans: int) -> list[dict[str, Any]]:
    """The spans of a service, once there are so many; what there is if that takes too long."""
    end_s = time.monotonic() + _TIMEOUT_S
    while True:
        reply = httpx2.get(f"{server.url}/api/v1/spans", params={"service": service, "limit": 100})
        found: list[dict[str, Any]] = reply.raise_for_status().json()["items"]
        if len(found) >= spans or time.monotonic() > end_s:
            return found
        time.sleep(_POLL_S)


def rows(spans: list[dict[str, Any]]) -> list[Row]:
    """What the table of this file says of spans; roll-ups of an agent's tokens are not a model's call."""
    return sorted(_row(span) for span in spans)


def _row(span: dict[str, Any]) -> Row:
    is_call = span["kind"] in ("llm", "embedding")
    return (span["kind"], span["model"], span["input_tokens"]) if is_call else (span["kind"], span["name"], None)


@pytest.mark.parametrize("name", SCRIPTS)
def test_example_stores_what_it_did(name: str, server_process: ServerProcess, variables: dict[str, str]) -> None:
    command = [str(BIN / "python"), str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr

    spans = stored(server_process, name.replace("_", "-"), spans=len(SCRIPTS[name]))
    assert rows(spans) == sorted(SCRIPTS[name])
    roots = [span for span in spans if not span["parent_span_id"]]
    # Calls that nothing encloses are traces of their own.
    assert len({span["trace_id"] for span in spans}) == len(roots)
    assert {span["session_id"] for span in spans} == {IN_A_SESSION.get(name, "")}


def test_fastapi_request_is_a_workflow_of_its_session(server_process: ServerProcess, variables: dict[str, str]) -> None:
    (port,) = free_ports(1)
    command = [str(BIN / "uvicorn"), "fastapi_app:app", "--port", str(port)]
    with _running(command, variables):
        ask = f"http://127.0.0.1:{port}/ask"
        reply = _eventually_get(ask, {"question": "How long does a refund take?"}, {"x-session-id": "chat-4"})
    assert reply == {"answer": "Five days."}

    spans = stored(server_process, "fastapi-app", spans=3)
    traced = [span for span in spans if span["kind"] != "span"]
    assert rows(traced) == [_CHAT, ("workflow", "invoke_workflow answer", None)]
    assert {span["session_id"] for span in traced} == {"chat-4"}
    # FastAPI traces requests by itself where there is a tracer provider: one trace a request.
    assert len({span["trace_id"] for span in spans}) == 1


def test_celery_task_continues_the_trace_of_its_sender_also_in_a_process_that_ends_with_it(
    server_process: ServerProcess, variables: dict[str, str], tmp_path: Path
) -> None:
    variables |= {"CELERY_BROKER_URL": f"sqla+sqlite:///{tmp_path / 'broker.sqlite'}"}
    send = "import celery_worker, spanhouse; celery_worker.answer.delay('How long does a refund take?'); spanhouse.flush()"
    worker = [str(BIN / "celery"), "--app", "celery_worker", "worker", "--concurrency", "2", "--max-tasks-per-child", "1"]
    # Sent before the worker starts: this broker lets two processes that create its queue at once collide, and one of them end.
    subprocess.run([str(BIN / "python"), "-c", send], cwd=EXAMPLES, env=variables, timeout=_TIMEOUT_S, check=True)
    with _running(worker, variables):
        spans = stored(server_process, "celery-worker", spans=4)

    assert {("llm", "gpt-4o-mini", 21), ("workflow", "invoke_workflow answer", None)} <= set(rows(spans))
    assert {span["name"] for span in spans} >= {"apply_async/celery_worker.answer", "run/celery_worker.answer"}
    assert len({span["trace_id"] for span in spans}) == 1


@pytest.mark.parametrize("page", ["openai-agents", "pydantic-ai"])
def test_code_of_the_page_runs(page: str, variables: dict[str, str]) -> None:
    """The other pages' needs no library that is only here: ``tests/sdk/test_docs.py`` runs it."""
    (code,) = BLOCK.findall((ROOT / "docs/sdk" / f"{page}.md").read_text(encoding="utf-8"))
    command = [str(BIN / "python"), "-c", code]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


ONE_CALL = """
import openai, spanhouse
{before}
spanhouse.init(service_name="families-{chosen}")
question = [{{"role": "user", "content": "How long does a refund take?"}}]
openai.OpenAI().chat.completions.create(model="gpt-4o-mini", messages=question)
spanhouse.shutdown()
"""
OWN_CHOICE = "from openinference.instrumentation.openai import OpenAIInstrumentor; OpenAIInstrumentor().instrument()"


@pytest.mark.parametrize(("chosen", "before"), [("otel", ""), ("openinference", OWN_CHOICE)])
def test_call_is_one_span_though_three_families_of_instrumentations_are_installed(
    server_process: ServerProcess, variables: dict[str, str], chosen: str, before: str
) -> None:
    """Whichever it is: the best one, or the one that the application switched on itself."""
    command = [str(BIN / "python"), "-c", ONE_CALL.format(chosen=chosen, before=before)]
    subprocess.run(command, env=variables, timeout=_TIMEOUT_S, check=True)
    (span,) = stored(server_process, f"families-{chosen}", spans=1)
    assert _row(span) == _CHAT
    assert span["dialect"] == chosen


@contextmanager
def _running(command: list[str], variables: Mapping[str, str]) -> Iterator[None]:
    """A service of the examples' folder, ended as its operator would."""
    with subprocess.Popen(command, cwd=EXAMPLES, env=variables, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield
        finally:
            process.terminate()
            _output, errors = process.communicate(timeout=_TIMEOUT_S)
    # uvicorn ends in order and then by the signal it was sent.
    assert process.returncode in (0, -signal.SIGTERM), errors.decode()


def _eventually_get(url: str, params: dict[str, str], headers: dict[str, str]) -> Any:
    end_s = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            return httpx2.get(url, params=params, headers=headers, timeout=_TIMEOUT_S).raise_for_status().json()
        except httpx2.ConnectError:
            if time.monotonic() > end_s:
                raise
            time.sleep(_POLL_S)
