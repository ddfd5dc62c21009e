"""Reads `evaluators.toml`: which evaluators judge which spans, with which judges and limits.

Says in one sentence what is wrong with the file. Must not know the store; `assembly` makes jobs of it.
"""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.judges.ragas_metric import METRICS, PINNED

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(gt=0.0, le=7 * 86_400.0)]
# Books are kept in billionths of a dollar, as integers of 64 bits.
Dollars = Annotated[float, Field(ge=0.0, le=1_000_000.0)]

Words = Annotated[str, Field(pattern=r"\S")]


class Part(BaseModel):
    """A table of the file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _address(url: str) -> str:
    """Return the address if calls can be made below it. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port  # which raises where it is no number of a port
    if not parts.hostname or port == 0 or not url.isprintable() or " " in url:
        raise ValueError("it names no host; write it as http://127.0.0.1:8080/v1")
    if parts.query or parts.fragment:
        raise ValueError("paths are appended to it; leave out what begins with '?' or '#'")
    return url


class EndpointPart(Part):
    """`[[endpoint]]`: where judge models answer; fields as in judges.endpoint.EndpointSettings."""

    name: Name
    url: Annotated[str, Field(pattern=r"^https?://.+"), AfterValidator(_address)]
    model: Annotated[str, Field(min_length=1)]
    #: A file that holds the key, so that it does not stand here. Relative to this file.
    api_key_file: Path | None = None
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    timeout_s: Seconds = 60.0
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    max_wait_s: Seconds = 30.0
    max_output_tokens: Annotated[int, Field(ge=1, le=4_096)] = 256
    input_usd_per_million: Dollars = 0.0
    output_usd_per_million: Dollars = 0.0


class Chosen(Part):
    """What every `[[evaluator]]` has: its name, the spans it judges (selection.Selection), and whether it is asked at all."""

    name: Name
    enabled: bool = True
    kinds: tuple[str, ...] = ("llm",)
    models: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    sample: Share = 1.0
    always_failed: bool = False
    slow_ms: Annotated[int, Field(ge=0)] | None = None


class Confined(Chosen):
    """What the process of somebody's own evaluator may use: seconds an answer, MiB of address space, and the network."""

    timeout_s: Seconds = 10.0
    memory_mib: Annotated[int, Field(ge=64, le=1_048_576)] = 1_024
    network: bool = False


class InstalledPart(Confined):
    """One that comes along, or one that an installed package brings and that is then confined; by its name."""

    type: Literal["installed"] = "installed"


class FilePart(Confined):
    """One that a Python file defines, under the name `object`. Relative to this file."""

    type: Literal["file"]
    file: Path
    object: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "evaluator"


class RegexPart(Chosen):
    """Asserts that a pattern is found in the answer, or with `wanted = false` that it is not."""

    type: Literal["regex"]
    pattern: str
    wanted: bool = True

    @model_validator(mode="after")
    def _compiles(self) -> "RegexPart":
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"the pattern {self.pattern!r} is no regular expression: {error}") from error
        return self


class SchemaPart(Chosen):
    """Asserts that the answer is JSON that fits the JSON Schema in a file. Relative to this file."""

    type: Literal["json_schema"]
    schema_file: Path


class Paid(Chosen):
    """What asks a model: the endpoint's name, and the most that a day (UTC) may cost."""

    endpoint: Name
    cap_usd_per_day: Dollars | None = None


class JudgePart(Paid):
    """A language model as a judge: `prompt = "grounded"`, or a `rubric`, or a `preference` against the reference, in words.

    About each span, or each trace or session once it is quiet: its last answer, after all that was said before.
    """

    type: Literal["judge"]
    about: Literal["span", "trace", "session"] = "span"
    prompt: Literal["grounded"] | None = None
    rubric: Words | None = None
    levels: Annotated[int, Field(ge=2, le=10)] = 5
    preference: Words | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "JudgePart":
        if sum(value is not None for value in (self.prompt, self.rubric, self.preference)) != 1:
            raise ValueError("a judge needs one of prompt, rubric and preference")
        return self


class RagasPart(Paid):
    """A metric of ragas by the name of its class; `interpreter` is the Python that has ragas, if not this one.

    Its path is relative to this file, or it is the name of a program on the search path.
    """

    type: Literal["ragas"]
    metric: str
    interpreter: Path | None = None

    @field_validator("metric")
    @classmethod
    def _is_there(cls, metric: str) -> str:
        if metric not in METRICS:
            near = get_close_matches(metric, sorted(METRICS), cutoff=0.5) or ["Faithfulness"]
            raise ValueError(
                f"ragas {PINNED} has no such metric that a span and the extra are enough for, but has {', '.join(near)}"
            )
        return metric


EvaluatorPart = Annotated[InstalledPart | FilePart | RegexPart | SchemaPart | JudgePart | RagasPart, Field(discriminator="type")]


class QualityPart(Part):
    """`[quality]`: how often spans are judged, how long one waits for the rest of its trace, how many at once (at most).

    And how long nothing may arrive of a trace or a session until it is judged as a whole.
    """

    interval_s: Seconds = 60.0
    settle_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 10.0
    batch_spans: Annotated[int, Field(ge=1, le=100_000)] | None = None
    trace_quiet_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 60.0
    session_quiet_s: Annotated[float, Field(ge=0.0, le=7 * 86_400.0)] = 1_800.0


class LatencyPart(Part):
    """`[latency]`: how often and over which windows latency is measured."""

    interval_s: Seconds = 60.0
    window_s: Annotated[int, Field(ge=60, le=86_400)] = 300


class DriftPart(Part):
    """`[drift]`: how often, over which windows, and against what; fields as in jobs.drift.DriftJob."""

    interval_s: Seconds = 300.0
    window_s: Annotated[int, Field(ge=60, le=7 * 86_400)] = 3_600
    against: Literal["frozen", "previous_release"] = "frozen"
    release: str = ""
    min_reference: Annotated[int, Field(ge=50)] = 200
    max_reference: Annotated[int, Field(ge=50, le=1_000_000)] = 5_000
    min_current: Annotated[int, Field(ge=10)] = 50
    segments: tuple[Literal["model", "provider", "prompt", "release", "service"], ...] = (
        "model",
        "provider",
        "prompt",
        "release",
        "service",
    )
    max_segments: Annotated[int, Field(ge=1, le=1_000)] = 20
    score_effects: dict[str, Annotated[float, Field(gt=0.0, allow_inf_nan=False)]] = {}
    topics: Annotated[int, Field(ge=0, le=2_000)] = 0

    @model_validator(mode="after")
    def _can_have_a_reference(self) -> "DriftPart":
        if self.min_reference > self.max_reference:
            raise ValueError(f"min_reference {self.min_reference} is more than max_reference {self.max_reference}")
        return self

    @field_validator("topics")
    @classmethod
    def _can_be_compared(cls, topics: int) -> int:
        # It brings scipy, which a service without topics does not load.
        from spanhouse_evaluators.drift.vectors import MIN_VECTORS

        if 0 < topics < MIN_VECTORS:
            raise ValueError(f"a window needs {MIN_VECTORS} questions or more to be compared; give as many, or 0 for none")
        return topics


class Configuration(Part):
    """The whole file, checked. Paths in it are absolute."""

    quality: QualityPart = QualityPart()
    latency: LatencyPart = LatencyPart()
    drift: DriftPart = DriftPart()
    endpoints: tuple[EndpointPart, ...] = Field(default=(), alias="endpoint")
    evaluators: tuple[EvaluatorPart, ...] = Field(default=(), alias="evaluator")


def load_configuration(path: Path) -> Configuration:
    """Return what the file says. Raises InvalidSettings, which names the place, the value and the remedy."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidSettings(
            f"The evaluators' file {str(path)!r} cannot be read: {error.strerror}; name another one."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"The evaluators' file {str(path)!r} is not TOML: {error}; correct it.") from error
    return parse_configuration(document, folder=path.parent)


def parse_configuration(document: Mapping[str, Any], *, folder: Path) -> Configuration:
    """Return what the document says; relative paths in it begin at `folder`. Raises InvalidSettings."""
    listed = document.get("evaluator", [])
    typed = (
        [{"type": "installed", **one} if isinstance(one, dict) else one for one in listed] if isinstance(listed, list) else listed
    )
    try:
        found = Configuration.model_validate({**document, "evaluator": typed})
    except ValidationError as error:
        raise InvalidSettings(_sentence(error, document)) from error
    _check_names(found)
    endpoints = tuple(part.model_copy(update=_located(folder, api_key_file=part.api_key_file)) for part in found.endpoints)
    evaluators = tuple(part.model_copy(update=_paths(folder, part)) for part in found.evaluators)
    return found.model_copy(update={"endpoints": endpoints, "evaluators": evaluators})


def _paths(folder: Path, part: EvaluatorPart) -> dict[str, Path | None]:
    match part:
        case SchemaPart():
            return _located(folder, schema_file=part.schema_file)
        case FilePart():
            return _located(folder, file=part.file)
        case RagasPart() if part.interpreter is not None and len(part.interpreter.parts) > 1:
            return _located(folder, interpreter=part.interpreter)
        case _:
            return {}


def _located(folder: Path, **paths: Path | None) -> dict[str, Path | None]:
    return {name: None if path is None else folder / path for name, path in paths.items()}


def _check_names(found: Configuration) -> None:
    for kind, parts in (("evaluator", found.evaluators), ("endpoint", found.endpoints)):
        names = [part.name for part in parts]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidSettings(f"There are two of {kind} {twice!r}; rename one.")
    known = [part.name for part in found.endpoints]
    for part in found.evaluators:
        if isinstance(part, Paid) and part.endpoint not in known:
            there = f"choose from {', '.join(known)}" if known else "add an [[endpoint]]"
            raise InvalidSettings(f"Evaluator {part.name!r} asks the endpoint {part.endpoint!r}, which does not exist; {there}.")


def _sentence(error: ValidationError, document: Mapping[str, Any]) -> str:
    """Return where the first fault is, what was found there and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    # The third step of an evaluator's is its type.
    place = [str(step) for at, step in enumerate(first["loc"]) if at != 2 or first["loc"][0] != "evaluator"]
    if len(first["loc"]) > 1 and isinstance(first["loc"][1], int):
        part = document[place[0]][first["loc"][1]]
        name = part.get("name") if isinstance(part, dict) else None
        place[:2] = [f"{place[0]} {name!r}" if name else f"{place[0]} number {first['loc'][1] + 1}"]
    where = ", ".join(place) or "the file"
    if first["type"] == "extra_forbidden":
        return f"{where} is a key that the evaluators' file does not know; take it out or correct it."
    if first["type"] == "missing":
        return f"{where} is missing; add it."
    message = first["msg"].removeprefix("Value error, ")
    return (
        f"{where} is {first['input']!r}: {message}; correct it."
        if not isinstance(first["input"], dict)
        else f"{where}: {message}; correct it."
    )
