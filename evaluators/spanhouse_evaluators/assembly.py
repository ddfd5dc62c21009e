"""Makes the scheduled jobs of a configuration. The one place here that names concrete evaluators and judges."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from jsonschema.exceptions import SchemaError

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.configuration import (
    Configuration,
    Confined,
    EndpointPart,
    EvaluatorPart,
    FilePart,
    InstalledPart,
    JudgePart,
    Paid,
    RagasPart,
    RegexPart,
    SchemaPart,
)
from spanhouse_evaluators.confined.evaluator import Bounds, ConfinedEvaluator, of_file
from spanhouse_evaluators.contract import Evaluator, Need
from spanhouse_evaluators.frames import FrameEvaluator
from spanhouse_evaluators.jobs.asking import Assignment
from spanhouse_evaluators.jobs.drift import DriftJob
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.jobs.latency import LatencyJob
from spanhouse_evaluators.jobs.quality import QualityJob
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.judges.answers import Answers
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointSettings
from spanhouse_evaluators.judges.judge import Judge
from spanhouse_evaluators.judges.prompts import GROUNDED, Prompt, preference, rubric
from spanhouse_evaluators.judges.ragas_metric import RagasMetric
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.quality.json_schema import json_schema
from spanhouse_evaluators.quality.regex import regex
from spanhouse_evaluators.registry import find
from spanhouse_evaluators.selection import Selection

FRAMED_AT_ONCE = 20_000
ASKED_AT_ONCE = 2_000
"""Spans between two writes, where all evaluators work on frames and where some are asked one by one: what a stop may wait for."""

JUDGED_AT_ONCE = 256
"""Spans between two writes of a job that asks models: what a kill can cost in calls that were paid and not stored. And of
one that asks somebody's own evaluators, which take as long as they like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The jobs, and what they hold open. `close` after their schedule has stopped."""

    jobs: tuple[Job, ...]
    held: ExitStack

    def close(self) -> None:
        """Close endpoints and end processes. May be called twice."""
        self.held.close()


def assemble(configuration: Configuration, *, store: Store, state: State) -> Assembly:
    """Return the jobs that the configuration asks for.

    Judges have a job of their own, `judges` (those of a further endpoint `judges.NAME`), and so have metrics of ragas, which are
    asked one by one, `ragas`, and somebody's own, `own`, so that the others do not wait for them. Those about whole traces have
    jobs apart in the same way (`traces`, `judges.traces`, ...), and so have those about sessions. Raises InvalidSettings or
    NotFound for what the configuration names and is not there.
    """
    held = ExitStack()
    try:
        assignments = _assignments(configuration, state=state, held=held)
    except BaseException:
        held.close()
        raise
    quality, latency, drift = configuration.quality, configuration.latency, configuration.drift
    by_job: dict[tuple[Need, str], list[Assignment]] = {("span", name): [] for name in ("quality", "judges", "ragas", "own")}
    first = next((part.endpoint for part in configuration.evaluators if isinstance(part, JudgePart) and part.enabled), "")
    for part, one in assignments:
        by_job.setdefault((one.evaluator.needs, _job_of(part, one, first=first)), []).append(one)
    plain = tuple(by_job.pop(("span", "quality")))
    are_framed = all(isinstance(one.evaluator, FrameEvaluator) for one in plain)
    judged = QualityJob(
        store=store,
        state=state,
        assignments=plain,
        interval_s=quality.interval_s,
        settle_s=quality.settle_s,
        batch_spans=quality.batch_spans or (FRAMED_AT_ONCE if are_framed else ASKED_AT_ONCE),
    )
    jobs: list[Job] = [
        judged,
        LatencyJob(store=store, state=state, **latency.model_dump()),
        DriftJob(store=store, state=state, **drift.model_dump()),
    ]
    quiet_s = {"trace": quality.trace_quiet_s, "session": quality.session_quiet_s}
    for (need, name), those in by_job.items():
        if need == "span" and those:
            jobs.append(replace(judged, name=name, assignments=tuple(those), batch_spans=JUDGED_AT_ONCE))
        elif those:
            jobs.append(
                WholesJob(
                    name=f"{need}s" if name == "quality" else f"{name}.{need}s",
                    store=store,
                    state=state,
                    need=need,
                    assignments=tuple(those),
                    interval_s=quality.interval_s,
                    quiet_s=quiet_s[need],
                )
            )
    return Assembly(jobs=tuple(jobs), held=held)


@contextmanager
def named(configuration: Configuration, names: Iterable[str], *, state: State) -> Iterator[dict[str, Evaluator]]:
    """Give those of these evaluators that the configuration has, also disabled ones; what they hold open is closed at the end.

    Raises as `assemble`.
    """
    wanted = set(names)
    parts = tuple(part.model_copy(update={"enabled": True}) for part in configuration.evaluators if part.name in wanted)
    with ExitStack() as held:
        found = _assignments(configuration.model_copy(update={"evaluators": parts}), state=state, held=held)
        yield {one.evaluator.name: one.evaluator for _, one in found}


def _job_of(part: EvaluatorPart, one: Assignment, *, first: str) -> str:
    """Return who asks it; `first` is the endpoint whose judges have the job `judges`: none waits for another one that hangs."""
    if isinstance(part, JudgePart):
        return "judges" if part.endpoint == first else f"judges.{part.endpoint}"
    if isinstance(part, Paid):
        return "ragas"
    return "own" if isinstance(one.evaluator, ConfinedEvaluator) else "quality"


def _assignments(configuration: Configuration, *, state: State, held: ExitStack) -> list[tuple[EvaluatorPart, Assignment]]:
    """Return the enabled evaluators, with the part of the file that each comes from; what they hold open goes to `held`."""
    endpoints = {part.name: _endpoint(part) for part in configuration.endpoints}
    for endpoint in endpoints.values():
        held.callback(endpoint.close)
    found = list[tuple[EvaluatorPart, Assignment]]()
    for part in configuration.evaluators:
        if part.enabled:
            evaluator = _evaluator(part, endpoints=endpoints, state=state)
            if isinstance(evaluator, RagasMetric | ConfinedEvaluator):
                held.callback(evaluator.close)
            found.append((part, _assignment(part, evaluator, endpoints=endpoints)))
    return found


def _endpoint(part: EndpointPart) -> Endpoint:
    key = "" if part.api_key_file is None else _key(part.name, part.api_key_file)
    return Endpoint(EndpointSettings(api_key=key, **part.model_dump(exclude={"name", "api_key_file"})))


def _key(endpoint: str, file: Path) -> str:
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidSettings(f"The key of endpoint {endpoint!r} cannot be read from {str(file)!r}: {said}.") from error
    # It becomes a header, which can hold nothing else.
    if not (key.isascii() and key.isprintable()):
        what = f"What {str(file)!r} holds is no key of endpoint {endpoint!r}"
        raise InvalidSettings(f"{what}: a key is one line of ASCII characters; write it alone.")
    return key


def _assignment(part: EvaluatorPart, evaluator: Evaluator, *, endpoints: Mapping[str, Endpoint]) -> Assignment:
    selection = Selection(
        kinds=part.kinds,
        models=part.models,
        environments=part.environments,
        sample=part.sample,
        always_failed=part.always_failed,
        slow_ms=part.slow_ms,
    )
    if not isinstance(part, Paid):
        return Assignment(evaluator=evaluator, selection=selection)
    asked = endpoints[part.endpoint].settings
    # Two calls at most, each with all its tries and waits, after others that may take as long.
    longest_s = 4 * asked.tries * (asked.timeout_s + asked.max_wait_s)
    # What ragas asks, nobody holds back but this.
    in_hand = asked.evaluations if isinstance(part, JudgePart) else asked.concurrency
    return Assignment(evaluator=evaluator, selection=selection, concurrency=in_hand, timeout_s=longest_s)


def _evaluator(part: EvaluatorPart, *, endpoints: Mapping[str, Endpoint], state: State) -> Evaluator:
    match part:
        case InstalledPart():
            return find([part.name], bounds=_bounds(part))[0]
        case FilePart():
            return of_file(part.file, part.object, called=part.name, bounds=_bounds(part))
        case RegexPart():
            return _named(part.name, regex(part.pattern, wanted=part.wanted))
        case SchemaPart():
            return _named(part.name, _schema(part))
        case JudgePart():
            budget = Budget(state, part.name, cap_usd_per_day=part.cap_usd_per_day)
            asked = endpoints[part.endpoint]
            return Judge(
                name=part.name,
                prompt=_prompt(part),
                endpoint=asked,
                budget=budget,
                answers=Answers(state),
                needs=part.about,
            )
        case RagasPart():
            budget = Budget(state, part.name, cap_usd_per_day=part.cap_usd_per_day)
            interpreter = _interpreter(part)
            settings = endpoints[part.endpoint].settings
            return RagasMetric(part.metric, settings, budget=budget, name=part.name, interpreter=interpreter)


def _interpreter(part: RagasPart) -> str:
    if part.interpreter is None:
        return sys.executable
    found = shutil.which(part.interpreter)
    if found is None:
        raise InvalidSettings(
            f"The interpreter of {part.name!r}, {str(part.interpreter)!r}, is no program; name a Python with ragas."
        )
    return found


def _bounds(part: Confined) -> Bounds:
    return Bounds(timeout_s=part.timeout_s, memory_mib=part.memory_mib, network=part.network)


def _named(name: str, evaluator: FrameEvaluator) -> Evaluator:
    return replace(evaluator, name=name)


def _schema(part: SchemaPart) -> FrameEvaluator:
    try:
        return json_schema(json.loads(part.schema_file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidSettings(
            f"The schema of {part.name!r} cannot be read from {str(part.schema_file)!r}: {error.strerror}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidSettings(f"The schema of {part.name!r} in {str(part.schema_file)!r} is not JSON: {error}.") from error
    except SchemaError as error:
        raise InvalidSettings(
            f"The schema of {part.name!r} in {str(part.schema_file)!r} is no JSON Schema: {error.message}."
        ) from error


def _prompt(part: JudgePart) -> Prompt:
    if part.rubric is not None:
        return rubric(part.rubric, levels=part.levels)
    return GROUNDED if part.preference is None else preference(part.preference)
