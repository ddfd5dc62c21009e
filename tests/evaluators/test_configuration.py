"""`evaluators.toml`: what it may say, what it is told when it says something else, and the jobs it makes."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings, NotFound
from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.assembly import assemble
from spanhouse_evaluators.configuration import Configuration, load_configuration
from spanhouse_evaluators.jobs.quality import QualityJob
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.progress import moved
from spanhouse_evaluators.runs import Counts
from tests.evaluators.conftest import answered, ran, table
from tests.evaluators.judge_server import Told, serving

FULL = """
[quality]
settle_s = 0
batch_spans = 100

[drift]
release = "1.0"

[[endpoint]]
name = "local"
url = "http://127.0.0.1:9/v1"
model = "tiny"
api_key_file = "key"
tries = 1

[[evaluator]]
name = "refusal"
sample = 0.5
always_failed = true
slow_ms = 2000

[[evaluator]]
name = "no_phone"
type = "regex"
pattern = '\\d{3}-\\d{4}'
wanted = false
kinds = ["llm", "tool"]

[[evaluator]]
name = "an_object"
type = "json_schema"
schema_file = "schema.json"

[[evaluator]]
name = "polite"
type = "judge"
endpoint = "local"
rubric = "It is polite."
cap_usd_per_day = 1.5

[[evaluator]]
name = "faithful"
type = "ragas"
endpoint = "local"
metric = "Faithfulness"

[[evaluator]]
name = "answer_length"
enabled = false
"""


OWN = """
from spanhouse_evaluators.contract import evaluator

@evaluator("x", "2", needs="session")
def mine(context):
    return len(context.spans)
"""


def loaded(folder: Path, text: str) -> Configuration:
    path = folder / "evaluators.toml"
    path.write_text(text)
    return load_configuration(path)


def test_an_empty_file_is_a_configuration_without_evaluators(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (found.evaluators, found.quality.interval_s, found.drift.window_s) == ((), 60.0, 3_600)


@pytest.mark.store
def test_a_file_becomes_jobs(tmp_path: Path, store: Store, state: State) -> None:
    (tmp_path / "key").write_text("secret\n")
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    assembly = assemble(loaded(tmp_path, FULL), store=store, state=state)
    quality, _, drift, judges, ragas = assembly.jobs
    assert isinstance(quality, QualityJob)
    assert isinstance(judges, QualityJob)
    assert isinstance(ragas, QualityJob)
    assert [job.name for job in assembly.jobs] == ["quality", "latency", "drift", "judges", "ragas"]
    assert [a.evaluator.name for a in quality.assignments] == ["refusal", "no_phone", "an_object"]
    assert [a.evaluator.name for a in judges.assignments] == ["polite"]
    assert [a.evaluator.name for a in ragas.assignments] == ["faithful"]
    assert quality.assignments[0].selection.slow_ms == 2_000
    assert quality.assignments[1].selection.kinds == ("llm", "tool")
    assert (quality.batch_spans, drift.release) == (100, "1.0")  # type: ignore[attr-defined]  # a DriftJob
    assembly.close()
    assembly.close()


@pytest.mark.store
def test_another_pattern_scores_anew_under_another_version(tmp_path: Path, store: Store, state: State) -> None:
    store.insert("spans", [answered("call 555-0100")])
    for pattern in ("[0-9]{3}-[0-9]{4}", "[0-9]{3}-[0-9]{4}", "[a-z]+"):
        text = f'[[evaluator]]\nname = "probe"\ntype = "regex"\npattern = {json.dumps(pattern)}\n'
        ran(assemble(loaded(tmp_path, text), store=store, state=state).jobs[0], "r1")
    assert table(store, "SELECT count() AS n, uniqExact(evaluator_version) AS versions FROM scores") == [{"n": 2, "versions": 2}]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[quality]\ninterval_s = 0", "quality, interval_s is 0: Input should be greater than 0"),
        ("[quality]\ninterval = 5", "quality, interval is a key that the evaluators' file does not know"),
        (
            "[[evaluator]]\nname = 'refusal'\nsample = 1.5",
            "evaluator 'refusal', sample is 1.5: Input should be less than or equal to 1",
        ),
        ("[[evaluator]]\nsample = 1.0", "evaluator number 1, name is missing; add it"),
        ("[[evaluator]]\nname = 'own'\ntype = 'file'\nobject = 'own'", "evaluator 'own', file is missing; add it"),
        ("[[evaluator]]\nname = 'own'\ntype = 'file'\nfile = 3", "evaluator 'own', file is 3: "),
        ("[[evaluator]]\nname = 'x'\ntype = 'regexp'", "evaluator 'x'.*regexp.*does not match any of the expected tags"),
        ("[[evaluator]]\nname = 'x'\ntype = 'regex'\npattern = '('", r"evaluator 'x': the pattern '\(' is no regular expression"),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'judge'\nendpoint = 'e'",
            "evaluator 'x': a judge needs one of prompt, rubric and preference",
        ),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'judge'\nendpoint = 'e'\nprompt = 'grounded'",
            r"Evaluator 'x' asks the endpoint 'e', which does not exist; add an \[\[endpoint\]\]",
        ),
        ("[[evaluator]]\nname = 'refusal'\n[[evaluator]]\nname = 'refusal'", "There are two of evaluator 'refusal'; rename one"),
        ("evaluator = 3", "evaluator is 3: Input should be a valid"),
        ("[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'ftp://x'", "endpoint 'e', url is 'ftp://x'"),
        (
            "[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://['",
            r"endpoint 'e', url is 'http://\[': Invalid IPv6 URL; correct it",
        ),
        ("[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x:99999'", "endpoint 'e', url is .*: Port out of range"),
        ("[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://a b'", "endpoint 'e', url is 'http://a b': it names no host"),
        ("[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x/v1?y=1'", "endpoint 'e', url is .*: paths are appended to it"),
        (
            "[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x'\ninput_usd_per_million = inf",
            "endpoint 'e', input_usd_per_million is inf: Input should be less",
        ),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'ragas'\nendpoint = 'e'\nmetric = 'Faithfullness'",
            r"^evaluator 'x', metric is 'Faithfullness': ragas 0\.4\.3 has no such metric .* has Faithfulness.*; correct it\.$",
        ),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'ragas'\nendpoint = 'e'\nmetric = 'AgentGoalAccuracy'",
            r"^evaluator 'x', metric is 'AgentGoalAccuracy': ragas 0\.4\.3 has no such metric .* extra are enough for",
        ),
        ("[drift]\nmin_reference = 300\nmax_reference = 200", "drift: min_reference 300 is more than max_reference 200"),
        ("[drift]\ntopics = 10", "drift, topics is 10: a window needs 20 questions or more to be compared; give as many, or 0"),
        ("[quality", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InvalidSettings, match=sentence):
        loaded(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"absent.toml' cannot be read: No such file"):
        load_configuration(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    "fault",
    [
        ("[[evaluator]]\nname = 'nope'", NotFound, "no evaluator 'nope'; choose from"),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'json_schema'\nschema_file = 'absent'",
            InvalidSettings,
            "schema of 'x' cannot be read from .*absent': No such file",
        ),
        (
            "[[evaluator]]\nname = 'x'\ntype = 'json_schema'\nschema_file = 'evaluators.toml'",
            InvalidSettings,
            "schema of 'x' in .* is not JSON",
        ),
        (
            "[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x'\napi_key_file = 'k'",
            InvalidSettings,
            "key of endpoint 'e' cannot be read",
        ),
        (
            "[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x'\napi_key_file = 'evaluators.toml'",
            InvalidSettings,
            "What .*evaluators.toml' holds is no key of endpoint 'e'",
        ),
        (
            (
                "[[endpoint]]\nname = 'e'\nmodel = 'm'\nurl = 'http://x'\n"
                "[[evaluator]]\nname = 'x'\ntype = 'ragas'\nendpoint = 'e'\nmetric = 'Faithfulness'\ninterpreter = 'no/python'"
            ),
            InvalidSettings,
            "interpreter of 'x', '/.*/no/python', is no program",
        ),
    ],
)
@pytest.mark.store
def test_what_a_file_names_must_be_there(
    tmp_path: Path, store: Store, state: State, fault: tuple[str, type[Exception], str]
) -> None:
    text, error, sentence = fault
    with pytest.raises(error, match=sentence):
        assemble(loaded(tmp_path, text), store=store, state=state)


@pytest.mark.store
def test_judges_of_another_endpoint_do_not_wait_for_one_that_hangs(tmp_path: Path, store: Store, state: State) -> None:
    text = "".join(
        f"[[endpoint]]\nname = '{name}'\nmodel = 'm'\nurl = 'http://x'\n"
        f"[[evaluator]]\nname = 'of_{name}'\ntype = 'judge'\nendpoint = '{name}'\nrubric = 'x'\n"
        for name in ("a", "b")
    )
    with closing(assemble(loaded(tmp_path, text), store=store, state=state)) as assembly:
        assert [job.name for job in assembly.jobs if job.name.startswith("judges")] == ["judges", "judges.b"]


@pytest.mark.store
def test_a_judge_that_another_job_had_waits_until_that_one_has_ended(tmp_path: Path, store: Store, state: State) -> None:
    of_a, of_b = (
        f"[[evaluator]]\nname = 'of_{name}'\ntype = 'judge'\nendpoint = '{name}'\nrubric = 'x'\n" for name in ("a", "b")
    )
    both = "".join(f"[[endpoint]]\nname = '{name}'\nmodel = 'm'\nurl = 'http://x'\n" for name in ("a", "b"))
    plain = "[[evaluator]]\nname = 'refusal'\n"
    with (
        closing(assemble(loaded(tmp_path, both + of_a + of_b), store=store, state=state)) as before,
        closing(assemble(loaded(tmp_path, both + plain + of_b), store=store, state=state)) as now,
    ):
        # The judges of the first endpoint that is asked have the job `judges`.
        assert moved(before.jobs, now.jobs) == ["judges"]
        assert moved(before.jobs, before.jobs) == []


@pytest.mark.store
def test_what_is_computed_of_whole_traces_does_not_wait_for_models(tmp_path: Path, store: Store, state: State) -> None:
    text = "[[evaluator]]\nname = 'critical_path'\n[[endpoint]]\nname = 'a'\nmodel = 'm'\nurl = 'http://x'\n" + "".join(
        f"[[evaluator]]\nname = 'of_{about}s'\ntype = 'judge'\nendpoint = 'a'\nrubric = 'x'\nabout = '{about}'\n"
        for about in ("trace", "session")
    )
    with closing(assemble(loaded(tmp_path, text), store=store, state=state)) as assembly:
        asked = {job.name: [one.evaluator.name for one in job.assignments] for job in assembly.jobs if isinstance(job, WholesJob)}
    assert asked == {"traces": ["critical_path"], "judges.traces": ["of_traces"], "judges.sessions": ["of_sessions"]}


@pytest.mark.net
@pytest.mark.store
def test_judges_have_a_job_of_their_own_that_records_their_failures(tmp_path: Path, store: Store, state: State) -> None:
    store.insert("spans", [answered("a")])
    (tmp_path / "key").write_text("secret")
    (tmp_path / "schema.json").write_text("{}")
    text = FULL.replace('type = "ragas"', 'type = "judge"\nrubric = "x"').replace('metric = "Faithfulness"', "")
    assembly = assemble(loaded(tmp_path, text.replace("sample = 0.5", "")), store=store, state=state)
    assert ran(assembly.jobs[0], "r1") == Counts(scored=3)
    # Nobody listens there.
    assert ran(assembly.jobs[3], "r2") == Counts(failed=2)
    assembly.close()


@pytest.mark.net
@pytest.mark.store
def test_the_next_call_is_booked_while_one_is_out_and_sent_after_it(tmp_path: Path, store: Store, state: State) -> None:
    """Otherwise the endpoint idles for as long as booking takes."""
    store.insert("spans", [answered("a"), answered("b")])
    judged = "[[evaluator]]\nname = 'own'\ntype = 'judge'\nendpoint = 'e'\nrubric = 'x'\n"
    booked = list[int]()

    def answer(_: object) -> Told:
        until_s = time.monotonic() + 5
        while not booked and Budget(state, "own").spent().calls < 2 and time.monotonic() < until_s:
            time.sleep(0.01)
        booked.append(Budget(state, "own").spent().calls)
        return Told(text='{"reason": "so", "verdict": "5"}')

    with serving() as server:
        server.answer = answer
        text = f"[[endpoint]]\nname = 'e'\nurl = '{server.url}'\nmodel = 'tiny'\nconcurrency = 1\n{judged}"
        assembly = assemble(loaded(tmp_path, text), store=store, state=state)
        (judges,) = [job for job in assembly.jobs if job.name == "judges"]
        ran(judges, "r1")
        assembly.close()
    assert booked == [2, 2]
    assert server.most == 1


@pytest.mark.store
def test_nobody_waits_for_somebodys_own_evaluator(tmp_path: Path, store: Store, state: State) -> None:
    (tmp_path / "mine.py").write_text(OWN.replace("session", "span"))
    text = "[[evaluator]]\nname = 'refusal'\n[[evaluator]]\nname = 'own'\ntype = 'file'\nfile = 'mine.py'\nobject = 'mine'\n"
    assembly = assemble(loaded(tmp_path, text), store=store, state=state)
    asked = {job.name: [one.evaluator.name for one in job.assignments] for job in assembly.jobs if isinstance(job, QualityJob)}
    assert asked == {"quality": ["refusal"], "own": ["own"]}
    assembly.close()


@pytest.mark.store
def test_somebodys_own_evaluator_comes_by_file_and_gets_the_job_that_it_needs(tmp_path: Path, store: Store, state: State) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    text = "[quality]\nsession_quiet_s = 0\n[[evaluator]]\nname = 'own'\ntype = 'file'\nfile = 'mine.py'\nobject = 'mine'\n"
    assembly = assemble(loaded(tmp_path, text), store=store, state=state)
    store.insert("spans", [answered("a", session_id="s1"), answered("b", session_id="s1")])
    (sessions,) = [job for job in assembly.jobs if job.name == "own.sessions"]
    assert ran(sessions, "r1") == Counts(scored=1)
    assert table(store, "SELECT name, evaluator_version, target, value FROM scores") == [
        {"name": "own", "evaluator_version": "2", "target": "session", "value": 2}
    ]
    assembly.close()
