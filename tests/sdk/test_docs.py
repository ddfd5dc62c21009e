"""What docs/sdk says works: the quick start runs as it stands, every block compiles, every link leads somewhere."""

import ast
import inspect
import re
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
ELSEWHERE = ("fastapi", "pydantic_ai", "agents")  # imported by blocks whose packages the examples have


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_runs_and_names_what_there_is(page: Path) -> None:
    for code in blocks(page):
        compile(code, str(page), "exec")
        assert set(re.findall(r"spanhouse\.([a-z_]\w*)\(", code)) <= set(spanhouse.__all__)
        if page.name != "README.md" and not any(f"{name} import" in code for name in ELSEWHERE):
            assert applications.run(code)[1] == ""


def test_calls_of_the_migration_table_take_the_arguments_it_gives_them() -> None:
    ours = [
        row.split("|")[-2] for row in (DOCS / "migration.md").read_text(encoding="utf-8").splitlines() if row.startswith("| ")
    ]
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
