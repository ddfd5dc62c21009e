"""Somebody's own evaluator in a process of its own: whatever it does stays there."""

import os
import socket
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.confined import evaluator as confined
from spanhouse_evaluators.confined.evaluator import Bounds, ConfinedEvaluator, of_file
from spanhouse_evaluators.contract import Context, Failure, FailureKind, Outcome, Score, Unscored
from spanhouse_evaluators.run import run

SOURCE = """
import asyncio, os, socket, subprocess, sys, time
from spanhouse_evaluators.contract import Score, Unscored, evaluator

def sleep(context): time.sleep(60)
def leave(context): os._exit(3)
def leave_unless(context): return context.output == "ok" or os._exit(3)
def abort(context): os.abort()
def fill(context): return len(bytearray(4_000_000_000))
def connect(context): return bool(socket.create_connection(("127.0.0.1", int(context.input)), 5))
def start_another(context):
    program = "import socket; socket.socket()"
    return subprocess.run([sys.executable, "-c", program], stderr=subprocess.DEVNULL).returncode == 0
def environment(context): return ",".join(sorted(os.environ))
def noise(context): print("noise"); return sys.stdin.read() == ""
def big(context): return Score("x" * 100_000)
def large(context): return 664.0
def many(context): return {"a": True, "b": Unscored("no b"), "c": 0.5}
def seen(context):
    return context.documents == ("d",) and context.spans[0].span_id == "s1" and context.attributes["k"] == "v"
def escape(context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setpgid(0, 0)
            with open(context.input + ".new", "w") as file: file.write(str(os.getpid()))
            os.rename(context.input + ".new", context.input)
            time.sleep(600)
        os._exit(0)
    os.wait()
    while not os.path.exists(context.input): time.sleep(0.01)
    time.sleep(60 if context.output == "late" else 0)
    return True
def fork(context):
    os.fork()
    return context.output
async def waits(context):
    await asyncio.sleep(0.001)
    return True

evaluator = evaluator("mine", "7", bounds=(0.0, 1.0), higher_is_better=True)(NAME)
"""

MADE = "from spanhouse_evaluators.contract import evaluator as make; evaluator = make({})(lambda context: True)"

Make = Callable[..., ConfinedEvaluator]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made = []

    def start(name: str = "waits", **bounds: object) -> ConfinedEvaluator:
        path = tmp_path / f"{name}.py"
        path.write_text(SOURCE.replace("NAME", name))
        made.append(of_file(path, "evaluator", called="own", bounds=Bounds(**bounds)))  # type: ignore[arg-type]  # a test's keywords
        return made[-1]

    yield start
    for one in made:
        one.close()
        one.close()


def outcome(evaluator: ConfinedEvaluator, **context: object) -> Outcome:
    return run(evaluator, Context(**context))["own"]  # type: ignore[arg-type]  # a test's keywords


def test_it_says_about_itself_what_the_contract_asks(make: Make) -> None:
    own = make()
    assert (own.name, own.version, own.needs, own.bounds, own.higher_is_better) == ("own", "7", "span", (0.0, 1.0), True)
    assert outcome(own) == Score(True)


def test_it_sees_the_whole_context(make: Make) -> None:
    assert outcome(make("seen"), documents=("d",), spans=(Context(span_id="s1"),), attributes={"k": "v"}) == Score(True)


FRAME_SOURCE = """
import polars as pl
from spanhouse_evaluators.frames import answer, frame_evaluator

@frame_evaluator("short_enough", "1", higher_is_better=True)
def evaluator(frame: pl.DataFrame) -> pl.DataFrame:
    return answer(frame["output"].str.len_chars() < 5, unless={"no answer": frame["output"] == ""})
"""


def test_it_may_work_on_frames(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(FRAME_SOURCE)
    own = of_file(path, "evaluator", called="own", bounds=Bounds())
    try:
        assert [outcome(own, output=text) for text in ("long enough", "abc", "")] == [
            Score(False),
            Score(True),
            Unscored("no answer"),
        ]
    finally:
        own.close()


def test_a_mapping_is_answered_by_name(make: Make) -> None:
    assert run(make("many"), Context()) == {"own.a": Score(True), "own.b": Unscored("no b"), "own.c": Score(0.5)}


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("sleep", FailureKind.TIMEOUT, "gave no answer within 1 s"),
        ("leave", FailureKind.CRASH, "exit code 3"),
        ("abort", FailureKind.CRASH, "signal 6"),
        ("fill", FailureKind.MEMORY, "MemoryError"),
        ("large", FailureKind.OUT_OF_RANGE, "664"),
    ],
)
def test_what_goes_wrong_in_it_is_a_failure_of_its_kind_and_the_next_one_is_asked(
    make: Make, name: str, kind: FailureKind, reason: str
) -> None:
    own = make(name, timeout_s=1.0 if name == "sleep" else 10.0)
    for _ in range(2):
        found = outcome(own)
        assert isinstance(found, Failure)
        assert (found.kind, reason in found.reason) == (kind, True), found


def test_one_that_goes_unanswered_again_and_again_is_asked_less_often(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def kinds(*outputs: str) -> list[str]:
        return [str(getattr(outcome(own, output=text), "kind", "")) for text in outputs]

    own = make("leave_unless")
    assert kinds("", "", "ok", *[""] * 5) == ["crash", "crash", "assertion", *["crash"] * 5]
    assert outcome(own, output="ok") == Failure(FailureKind.TIMEOUT, "not asked: the evaluator gave no answer 5 times in a row")
    monkeypatch.setattr(confined, "REST_S", 0.0)
    assert kinds("", "ok", "") == ["crash", "assertion", "crash"]
    monkeypatch.setattr(confined, "REST_S", 60.0)
    assert kinds("ok") == ["assertion"]


@pytest.mark.net
def test_it_reaches_nobody_unless_that_is_granted(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        refused = outcome(make("connect"), input=port)
        assert isinstance(refused, Failure)
        assert "PermissionError" in refused.reason
        assert outcome(make("connect", network=True), input=port) == Score(True)


def test_what_it_starts_reaches_nobody_either(make: Make) -> None:
    assert outcome(make("start_another")) == Score(False)


def test_it_gets_no_environment_and_may_print(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    found = outcome(make("environment"))
    assert isinstance(found, Score)
    assert set(str(found.value).split(",")) <= {"PYTHONPATH", "LANG", "LC_CTYPE"}
    assert outcome(make("noise")) == Score(True)


def eventually_gone(pid: int) -> bool:
    """Tell whether a process ends; one that nobody has waited for yet has ended, too."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("network", [False, True])
def test_a_process_that_leaves_its_session_ends_with_a_late_evaluator(make: Make, tmp_path: Path, network: bool) -> None:
    left = tmp_path / "pid"
    found = outcome(make("escape", timeout_s=3.0, network=network), input=str(left), output="late")
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TIMEOUT
    assert eventually_gone(int(left.read_text()))


def test_a_process_that_leaves_its_session_ends_with_one_that_is_closed(make: Make, tmp_path: Path) -> None:
    left = tmp_path / "pid"
    own = make("escape", timeout_s=60.0)
    assert outcome(own, input=str(left)) == Score(True)
    own.close()
    assert eventually_gone(int(left.read_text()))


def test_a_process_that_it_started_ends_when_nobody_asks_any_more(make: Make, tmp_path: Path) -> None:
    left = tmp_path / "pid"
    own = make("escape", timeout_s=60.0)
    assert outcome(own, input=str(left)) == Score(True)
    process = own._process._process
    assert process is not None
    assert process.stdin is not None
    # As when the service was killed: its end of the pipe is closed, and no signal is sent.
    process.stdin.close()
    assert eventually_gone(int(left.read_text()))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import not_there", "No module named 'not_there'"),
        (
            "evaluator = 3",
            "cannot be loaded: 3 is no evaluator; give an object with name, version, needs, bounds, evaluate, or a",
        ),
        (
            "class evaluator:\n name, version, needs = 'own', '1', 'span'\n def evaluate(self, context): return True",
            "cannot be loaded: Class 'evaluator' has no bounds; write bounds = None (or the lowest",
        ),
        ("", "has no attribute 'evaluator'"),
        ("import os; os._exit(4)", "exit code 4"),
        (MADE.format("'mine', 1"), "its version is 1; give a text of 1 to 64 characters"),
        (MADE.format("'mine', ''"), "its version is ''"),
        (MADE.format("'mine', chr(0xD800)"), r"its version is '\ud800'"),
        (MADE.format("'mine', '1', needs='all'"), "it needs 'all'; choose from span, trace, session"),
        (MADE.format("'mine', '1', bounds=(1,)"), "its bounds are (1,); give the lowest and the highest number"),
        (MADE.format("'mine', '1', bounds=(2, 1)"), "its bounds are (2, 1)"),
    ],
)
def test_a_file_without_an_evaluator_is_refused_in_a_sentence(tmp_path: Path, source: str, reason: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(textwrap.dedent(source))
    with pytest.raises(InvalidSettings, match=r"The evaluator 'own' cannot be loaded") as raised:
        of_file(path, "evaluator", called="own", bounds=Bounds())
    assert reason in str(raised.value)


def test_a_child_that_goes_on_as_its_evaluator_does_not_answer_the_next_question(make: Make) -> None:
    own = make("fork")
    assert [outcome(own, output=text) for text in "abc"] == [Score("a"), Score("b"), Score("c")]


def test_a_class_without_parameters_is_an_evaluator(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "class Own:\n name, version, needs, bounds = 'own', '1', 'span', None\n def evaluate(self, context): return True"
    )
    own = of_file(path, "Own", called="own", bounds=Bounds())
    assert outcome(own) == Score(True)
    own.close()


def test_its_process_ends_with_it(make: Make) -> None:
    own = make()
    process = own._process._process
    assert process is not None
    own.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
