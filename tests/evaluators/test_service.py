"""The evaluators in a running service: their figures, their API, a file that changes; and backfills from the command line."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.estimate import Estimate
from spanhouse_evaluators.reading import open_backfills
from spanhouse_evaluators.runs import now_ms
from spanhouse_evaluators.tables import leases
from spanhouse_server.cli import run
from spanhouse_server.commands import backfill
from spanhouse_server.settings import Settings
from tests.evaluators.conftest import START, a_span, answered, table
from tests.evaluators.judge_server import Told, serving
from tests.server import Server, running

pytestmark = [pytest.mark.store, pytest.mark.net]

REFUSAL = "[quality]\nsettle_s = 0\ninterval_s = 1\n[[evaluator]]\nname = 'refusal'\n"
BOTH = f"{REFUSAL}[[evaluator]]\nname = 'answer_length'\n"
WAIT_S = 15.0


def eventually(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "still waiting"
        time.sleep(0.05)


def write(path: Path, text: str) -> None:
    """As editors do: another file in its place."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "evaluators.toml"
    path.write_text(getattr(request, "param", REFUSAL))
    return path


@pytest.fixture
def service(engine_url: str, database: str, store: Store, file: Path) -> Iterator[Server]:
    store.insert("spans", [answered("I cannot help."), answered("Paris")])
    settings = Settings(
        data=file.parent / "data",
        store=engine_url,
        database=database,
        http_port=0,
        grpc_port=0,
        clickhouse_port=0,
        evaluators=str(file),
    )
    with running(settings) as server:
        yield server


def told(service: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{service.http_url}/api/v1/evaluators").json()
    return found


def names(service: Server) -> list[str]:
    return [one["name"] for one in told(service)["evaluators"]]


def runs(service: Server, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx2.get(f"{service.http_url}/api/v1/evaluators/runs", params=asked).json()["runs"]
    return found


@pytest.mark.parametrize(
    "file", [f"{REFUSAL}[[evaluator]]\nname = 'order'\ntype = 'json_schema'\nschema_file = 'absent'\n"], indirect=True
)
def test_a_file_that_changed_is_taken_over_and_one_that_is_wrong_is_refused(service: Server, store: Store, file: Path) -> None:
    eventually(lambda: "The schema of 'order' cannot be read" in told(service)["refusal"])
    eventually(lambda: runs(service, job="latency"))
    write(file, REFUSAL)
    eventually(lambda: (names(service), told(service)["refusal"]) == (["refusal"], ""))
    write(file, BOTH)
    eventually(lambda: names(service) == ["refusal", "answer_length"])
    eventually(lambda: len(table(store, "SELECT 1 FROM scores WHERE name = 'answer_length'")) == 2)
    write(file, "[[evaluator]]\nname = 'refuzal'\n")
    eventually(lambda: "There is no evaluator 'refuzal'" in told(service)["refusal"])
    assert names(service) == ["refusal", "answer_length"]
    write(file, REFUSAL)
    eventually(lambda: (names(service), told(service)["refusal"]) == (["refusal"], ""))


OWN = """
import os, time
from spanhouse_evaluators.contract import evaluator

@evaluator("own", "1")
def evaluator(context):
    open("{folder}/asked", "w").close()
    while not os.path.exists("{folder}/go"):
        time.sleep(0.01)
    return True
"""


def test_other_jobs_follow_a_file_that_changed_while_one_of_them_awaits_an_answer(
    service: Server, store: Store, file: Path
) -> None:
    folder, slow = file.parent, "[[evaluator]]\nname = 'own'\ntype = 'file'\nfile = 'own.py'\ntimeout_s = 60\n"
    (folder / "own.py").write_text(OWN.format(folder=folder))
    try:
        write(file, REFUSAL + slow)
        eventually((folder / "asked").exists)
        write(file, BOTH + slow)
        eventually(lambda: len(table(store, "SELECT 1 FROM scores WHERE name = 'answer_length'")) == 2)
        assert table(store, "SELECT 1 FROM scores WHERE name = 'own'") == []
    finally:
        (folder / "go").touch()
    eventually(lambda: len(table(store, "SELECT 1 FROM scores WHERE name = 'own'")) == 2)


def test_what_evaluators_have_done_and_have_still_to_do_is_told(service: Server) -> None:
    def progress() -> list[dict[str, Any]]:
        return [one for one in told(service)["evaluators"] if one["read_until"] and not one["backlog_spans"]]

    eventually(progress)
    (refusal,) = progress()
    assert (refusal["job"], refusal["needs"], refusal["higher_is_better"], refusal["version"]) == ("quality", "span", False, "2")
    assert refusal["next_run_at"] is not None
    eventually(lambda: 'spanhouse_evaluator_run_failed{job="quality"} 0.0' in page(service))
    assert 'spanhouse_evaluator_backlog_spans{evaluator="refusal",version="2"}' in page(service)
    assert "spanhouse_evaluator_file_refused 0.0" in page(service)
    console = httpx2.get(f"{service.http_url}/evaluators").text
    assert "quality" in console


JUDGED = """{quality}
[[endpoint]]
name = "local"
url = "{url}"
model = "judge"
tries = 1
input_usd_per_million = 1000
output_usd_per_million = 1000
[[evaluator]]
name = "polite"
type = "judge"
endpoint = "local"
rubric = "It is polite."
cap_usd_per_day = 5
"""


def test_what_is_spent_today_is_told_beside_the_cap_of_the_day(service: Server, file: Path) -> None:
    def money() -> dict[str, tuple[float, float | None]]:
        return {one["name"]: (round(one["spent_usd_today"], 6), one["cap_usd_per_day"]) for one in told(service)["evaluators"]}

    with serving() as endpoint:
        endpoint.answer = lambda _: Told(text='{"reason": "because", "verdict": "5"}')
        write(file, JUDGED.format(quality=REFUSAL, url=endpoint.url))
        # Two answers, each of 120 tokens at a thousandth of a dollar.
        eventually(lambda: money() == {"refusal": (0.0, None), "polite": (0.24, 5.0)})
        assert 'spanhouse_evaluator_cap_usd{evaluator="polite"} 5.0' in page(service)
        assert 'spanhouse_evaluator_cap_usd{evaluator="refusal"}' not in page(service)
        assert '$0.24<span class="sub">of $5.00</span>' in httpx2.get(f"{service.http_url}/evaluators").text


def test_the_runs_of_a_job_are_told_with_what_they_came_to_and_cost(service: Server) -> None:
    def scored() -> list[dict[str, Any]]:
        return [run for run in runs(service, job="quality") if run["scored"] and run["status"] != "running"]

    eventually(scored)
    (run,) = scored()
    assert (run["job"], run["status"], run["scored"], run["cost_usd"], run["error"]) == ("quality", "finished", 2, 0.0, "")
    assert run["ended_at"] >= run["started_at"]
    assert len(runs(service, limit=1)) == 1
    assert 'spanhouse_evaluator_run_cost_usd{job="quality"} 0.0' in page(service)


def page(service: Server) -> str:
    return httpx2.get(f"{service.http_url}/metrics").text


def test_a_backfill_is_asked_for_by_name(service: Server) -> None:
    eventually(lambda: names(service) == ["refusal"])
    address = f"{service.http_url}/api/v1/evaluators/backfills"
    asked = {"evaluators": ["refusal"], "since": "2026-01-01T00:00:00Z"}
    assert httpx2.post(address, json=asked).json() == ["refusal"]
    wrong = httpx2.post(address, json={**asked, "evaluators": ["nope"]})
    assert (wrong.status_code, wrong.json()["error"]) == (404, "No job runs an evaluator 'nope'; choose from refusal.")
    eventually(lambda: all(one["backfilled_until"] is None for one in told(service)["evaluators"]))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command looks again after a tenth of a second."""
    monkeypatch.setattr(backfill, "_POLL_S", 0.1)


@pytest.mark.usefixtures("impatient")
def test_the_command_makes_up_what_is_missing_and_estimates_it_before(
    engine_url: str, database: str, store: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.insert("spans", [answered("I cannot help."), answered("Paris")])
    where = ["--store", engine_url, "--database", database, "--data", str(file.parent), "--evaluators", str(file)]
    since = ["backfill", "refusal", "--since", f"{START:%Y-%m-%d}"]
    assert run([*since, "--dry-run", *where]) == 0
    assert capsys.readouterr().out == "refusal: 2 evaluations, asks no model\n"
    # A process that had the job was killed just now, and its lease has not run out.
    state = State(f"sqlite:///{file.parent / 'state.db'}")
    with state.transaction() as transaction:
        held = {"job": "quality", "holder": "killed", "expires_ms": now_ms() + 300, "started_ms": now_ms()}
        transaction.execute(insert(leases).values(**held))
    state.close()
    assert run([*since, *where]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 scored, 0 failed, 0 unscored, at most 0 evaluations left"
    assert len(table(store, "SELECT 1 FROM scores")) == 2
    assert run(["backfill", "nope", *since[2:], *where]) == 1
    assert "No job runs an evaluator 'nope'" in capsys.readouterr().err


def test_a_dry_run_of_one_evaluation_says_so_in_the_singular(
    engine_url: str, database: str, store: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.insert("spans", [answered("Paris")])
    where = ["--store", engine_url, "--database", database, "--data", str(file.parent), "--evaluators", str(file)]
    assert run(["backfill", "refusal", "--since", f"{START:%Y-%m-%d}", "--dry-run", *where]) == 0
    assert capsys.readouterr().out == "refusal: 1 evaluation, asks no model\n"


@pytest.mark.parametrize(
    ("expected_usd", "of_one_call", "said"),
    [
        (0.01, False, "about 0.0100 USD, at most 0.2500 USD"),
        (None, False, "at most 0.2500 USD; what to expect is known once some are scored"),
        (None, True, "at most 0.2500 USD for one call each; how many it makes is known afterwards"),
    ],
)
def test_a_dry_run_says_what_is_expected_where_that_is_known(expected_usd: float | None, of_one_call: bool, said: str) -> None:
    found = Estimate(evaluator="j", evaluations=1, at_most_usd=0.25, expected_usd=expected_usd, of_one_call=of_one_call)
    assert backfill.cost(found) == said


def test_a_backfill_of_several_evaluators_counts_evaluations_before_and_after(
    engine_url: str, database: str, store: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, BOTH)
    store.insert("spans", [answered("I cannot help."), answered("Paris"), answered("Rome")])
    where = ["--store", engine_url, "--database", database, "--data", str(file.parent), "--evaluators", str(file)]
    assert run(["backfill", "refusal,answer_length", "--since", f"{START:%Y-%m-%d}", *where]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "at most 6 evaluations to make"
    assert last == "6 scored, 0 failed, 0 unscored, at most 0 evaluations left"


def test_a_backfill_of_a_project_without_spans_is_refused_and_not_left_open(
    engine_url: str, database: str, store: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.insert("spans", [answered("Paris")])
    where = ["--store", engine_url, "--database", database, "--data", str(file.parent), "--evaluators", str(file)]
    for how in ([], ["--dry-run"]):
        assert run(["backfill", "refusal", "--since", "2026-01-01", "--project", "nobody", *how, *where]) == 1
        assert capsys.readouterr() == ("", "spanhouse: Project 'nobody' has no span here; choose from default.\n")
    state = State(f"sqlite:///{file.parent / 'state.db'}")
    assert open_backfills(state, "nobody") == []
    state.close()


def test_a_traces_critical_path_is_told(service: Server, store: Store) -> None:
    trace = {"trace_id": "ab" * 16, "name": "answer"}
    root = a_span(kind="agent", duration_ns=3_000_000_000, **trace)
    store.insert(
        "spans", [{**root, "parent_span_id": ""}, a_span(parent_span_id=root["span_id"], duration_ns=2_000_000_000, **trace)]
    )
    ends = {"start_time": START, "end_time": START + timedelta(seconds=10)}
    store.insert("trace_times", [{"project": "default", "trace_id": trace["trace_id"], **ends}])
    address = f"{service.http_url}/api/v1/traces"
    found = httpx2.get(f"{address}/{trace['trace_id']}/critical-path").json()
    assert found["total_ns"] == {"model": 2_000_000_000, "tool": 0, "retrieval": 0, "own_code": 1_000_000_000}
    assert [step["work"] for step in found["steps"]] == ["model", "own_code"]
    assert httpx2.get(f"{address}/{'cd' * 16}/critical-path").status_code == 404
