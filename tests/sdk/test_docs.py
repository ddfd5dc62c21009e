"""What docs/sdk says works: every block runs as it stands, what it says is sent arrives, every link leads somewhere."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import spanhouse
from tests.sdk import applications
from tests.sdk.openai_server import ANSWER, MODEL
from tests.sdk.otlp_receiver import Receiver

DOCS = Path(__file__).parents[2] / "docs/sdk"
PAGES = sorted(DOCS.glob("*.md"))
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")
RUN_BELOW = ("README.md", "fastapi.md", "masking.md", "migration.md")  # by tests of their own
ELSEWHERE = ("pydantic_ai", "agents")  # imported by blocks whose packages the examples have


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.net
def test_quick_start_of_the_distribution_runs_as_it_stands(receiver: Receiver, openai_url: str) -> None:
    (code,) = blocks(DOCS.parents[1] / "sdk/README.md")
    out, err = applications.run(code, OPENAI_BASE_URL=openai_url, OPENAI_API_KEY="none", SPANHOUSE_ENDPOINT=receiver.url)
    assert (out.strip(), err) == ("".join(ANSWER), "")
    call, workflow = receiver.span(f"chat {MODEL}"), receiver.span("invoke_workflow answer")
    assert call.parent_id == workflow.span_id
    assert (call.attributes["session.id"], call.attributes["user.id"]) == ("s-1", "u-7")
    assert {key: workflow.resource[key] for key in ("service.name", "deployment.environment.name", "service.version")} == {
        "service.name": "shop-assistant",
        "deployment.environment.name": "production",
        "service.version": "1.4.2",
    }
    (feedback,) = receiver.logs
    assert (feedback.event_name, feedback.attributes["session.id"]) == ("gen_ai.evaluation.result", "s-1")


@pytest.mark.net
def test_quick_start_is_ten_lines_that_work(receiver: Receiver, openai_url: str) -> None:
    (code,) = blocks(DOCS / "README.md")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    out, err = applications.run(code, OPENAI_BASE_URL=openai_url, OPENAI_API_KEY="none", SPANHOUSE_ENDPOINT=receiver.url)
    assert (out.strip(), err) == ("".join(ANSWER), "")
    call, workflow = receiver.span(f"chat {MODEL}"), receiver.span("invoke_workflow answer")
    assert (call.parent_id, call.attributes["session.id"]) == (workflow.span_id, "s-1")


@pytest.mark.net
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_runs_and_names_what_there_is(page: Path, receiver: Receiver, openai_url: str, tmp_path: Path) -> None:
    variables = {"SPANHOUSE_ENDPOINT": receiver.url, "OPENAI_BASE_URL": openai_url, "OPENAI_API_KEY": "none"}
    for code in blocks(page):
        compile(code, str(page), "exec")
        assert set(re.findall(r"spanhouse\.([a-z_]\w*)\(", code)) <= set(spanhouse.__all__)
        if "\ndef test_" in code:
            assert " passed" in run_tests(code, tmp_path, **variables)
        elif page.name not in RUN_BELOW and not any(f"{name} import" in code for name in ELSEWHERE):
            assert applications.run(code, status=0, **variables)[1] == ""


def run_tests(code: str, folder: Path, **variables: str) -> str:
    """What pytest says of a file of its own, whose tests must pass."""
    (folder / "test_page.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.net
@pytest.mark.parametrize("exporter", [None, "none"])
def test_fixture_catches_what_an_application_that_calls_init_traces(
    exporter: str | None, receiver: Receiver, tmp_path: Path
) -> None:
    code = f"import spanhouse\nspanhouse.init(instrument=False)\n{blocks(DOCS / 'testing.md')[0]}"
    variables = {"SPANHOUSE_ENDPOINT": receiver.url} | ({} if exporter is None else {"OTEL_TRACES_EXPORTER": exporter})
    assert "2 passed" in run_tests(code, tmp_path, **variables)
    assert (receiver.spans, receiver.logs) == ([], [])


@pytest.mark.net
def test_texts_that_the_masking_page_says_are_sent_are_sent(receiver: Receiver) -> None:
    page = " ".join((DOCS / "masking.md").read_text(encoding="utf-8").split())
    for code in blocks(DOCS / "masking.md"):
        assert applications.run(code, SPANHOUSE_ENDPOINT=receiver.url)[1] == ""
    rules, function = (json.loads(str(span.attributes["gen_ai.input.messages"]))[0]["parts"] for span in receiver.spans)
    for (part,) in (rules, function):
        assert f"`{part['content']}` is sent" in page
    assert receiver.spans[0].attributes["shop.password"] == "[redacted:blocked_key]"


@pytest.mark.net
def test_piece_of_the_migration_page_is_one_trace_with_its_scores(receiver: Receiver) -> None:
    (code,) = blocks(DOCS / "migration.md")
    assert applications.run(code, SPANHOUSE_ENDPOINT=receiver.url) == ("", "")
    workflow, tool = receiver.span("invoke_workflow answer"), receiver.span("execute_tool look up")
    assert (tool.parent_id, tool.attributes["session.id"]) == (workflow.span_id, "s-1")
    assert [log.trace_id for log in receiver.logs] == [workflow.trace_id] * 2


@pytest.mark.net
def test_endpoint_of_the_web_page_is_traced(receiver: Receiver) -> None:
    (code,) = blocks(DOCS / "fastapi.md")
    asked = "from fastapi.testclient import TestClient\nprint(TestClient(app).get('/answer?question=why').json())"
    assert applications.run(f"{code}\n{asked}", SPANHOUSE_ENDPOINT=receiver.url) == ("why\n", "")
    assert "why" in str(receiver.span("invoke_workflow answer").attributes["gen_ai.input.messages"])


def test_calls_of_the_migration_table_take_the_arguments_it_gives_them() -> None:
    _, table = (DOCS / "migration.md").read_text(encoding="utf-8").split("## What is called what\n")
    ours = [row.split("|")[-2] for row in table.splitlines() if row.startswith("| ")]
    calls = [found for cell in ours for found in re.findall(r"`(?:with |@)?(?:spanhouse\.)?(\w+)\((.*)\)`", cell)]
    assert {name for name, _ in calls} >= {"init", "observe", "span", "context", "score", "feedback", "current_span", "flush"}
    for name, given in calls:
        call = ast.parse(f"{name}({re.sub('=(?=[,)]|$)', '=None', given)})", mode="eval").body
        assert isinstance(call, ast.Call)
        named = {str(argument.arg): None for argument in call.keywords}
        inspect.signature(getattr(spanhouse, name)).bind(*call.args, **named)
    options = [found for cell in ours for found in re.findall(r"`(\w+)=[^`(]*`", cell)]
    assert set(options) == {"instrument", "mask", "capture_content", "sample_rate"}
    assert set(options) <= set(inspect.signature(spanhouse.init).parameters)


@pytest.mark.net
def test_spanhouse_column_of_the_migration_table_works_as_a_whole(receiver: Receiver) -> None:
    out, err = applications.run(
        """
spanhouse.init(os.environ["COLLECTOR"], "key", service_name="shop", instrument=[], mask={"detectors": ["secrets"]})

@spanhouse.observe(name="answer", kind="workflow")
def answer(question):
    with spanhouse.span("look up", "tool"):
        spanhouse.current_span().set_output("sk-proj-Ab3dEfGhIjKlMnOpQrStUvWx")
    spanhouse.feedback(True, "helpful")
    return spanhouse.current_span().trace_id

with spanhouse.context(session_id="s-1", user_id="u-7", tags=["vip"], metadata={"plan": "pro"}, prompt=("support", "7")):
    trace_id = answer("How long?")
spanhouse.score("grounded", 0.5, trace_id=trace_id)
print(spanhouse.flush(), trace_id)
""",
        COLLECTOR=receiver.url,
    )
    workflow, tool = receiver.span("invoke_workflow answer"), receiver.span("execute_tool look up")
    assert (out, err) == (f"True {workflow.trace_id}\n", "")
    assert tool.parent_id == workflow.span_id
    assert "Ab3dEfGh" not in str(tool.attributes)
    assert {
        key: workflow.attributes[key] for key in ("session.id", "user.id", "gen_ai.prompt.name", "gen_ai.prompt.version")
    } == {
        "session.id": "s-1",
        "user.id": "u-7",
        "gen_ai.prompt.name": "support",
        "gen_ai.prompt.version": "7",
    }
    assert [log.trace_id for log in receiver.logs] == [workflow.trace_id] * 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    lost = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert lost == []


def test_index_names_every_page_and_pages_name_every_example() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index] == []
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [example.name for example in (DOCS.parents[1] / "sdk/examples").glob("*.py") if example.name not in text] == []


def test_masking_page_names_every_option_and_detector() -> None:
    from spanhouse.masking.detectors import GROUPS
    from spanhouse.masking.rules import Rules

    page = (DOCS / "masking.md").read_text(encoding="utf-8")
    names = {*Rules.__dataclass_fields__, *GROUPS, *(name for group in GROUPS.values() for name in group)}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
