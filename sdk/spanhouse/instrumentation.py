"""Chooses and loads one instrumentation for each installed LLM library.

Three families register themselves under the same names; loading all of them would trace every call three times. The
choice is by distribution name: OpenTelemetry's GenAI packages, else OpenInference, else OpenLLMetry, else
OpenTelemetry's retired ones. Instrumentations of anything but LLM libraries are left to the application, but for the one that
makes no spans: it carries the context into threads.
"""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from opentelemetry.trace import TracerProvider

from spanhouse import faults

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "opentelemetry_instrumentor"

# Best first. The last pattern also fits instrumentations of web servers and databases, hence the list of targets.
_FAMILIES: Final = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("OpenTelemetry GenAI", r"opentelemetry-instrumentation-(?:genai-(.+)|(google-genai))"),
        ("OpenInference", r"openinference-instrumentation-(.+)"),
        ("OpenTelemetry, carries context into threads", r"opentelemetry-instrumentation-(threading)"),
        ("OpenLLMetry", r"opentelemetry-instrumentation-(.+?)(?<!-v2)"),
        ("OpenTelemetry, retired", r"opentelemetry-instrumentation-(.+)-v2"),
    )
)
_OPENLLMETRY_TARGETS: Final = frozenset(
    """
    agno alephalpha anthropic bedrock chromadb cohere crewai googlegenai groq haystack lancedb langchain llamaindex
    marqo mcp milvus mistralai ollama openai openaiagents pinecone qdrant replicate sagemaker together transformers
    vertexai voyageai watsonx weaviate writer
    """.split()
)
_BARRED: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS lists it"
# What people import, and the instrumentation to be had for it. Only top modules: those are found without importing anything.
_TO_BE_HAD: Final = {
    "anthropic": "opentelemetry-instrumentation-genai-anthropic",
    "langchain": "opentelemetry-instrumentation-genai-langchain",
    "llama_index": "opentelemetry-instrumentation-genai-llama-index",
    "openai": "opentelemetry-instrumentation-genai-openai",
}
_SAME_TARGET: Final = {"googlegenerativeai": "googlegenai"}


class Instrumentor(Protocol):
    """What every family's entry points lead to."""

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether it is switched on, by whomever."""
        ...

    def uninstrument(self) -> object:
        """Switches it off."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrumentation:
    """What became of one instrumentation found in the environment. ``switched_on`` is there when ``enable`` did it."""

    target: str
    distribution: str
    enabled: bool
    reason: str
    switched_on: Instrumentor | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    target: str
    distribution: str
    family: str
    rank: int
    entry_point: "EntryPoint"


def enable(wanted: str | Sequence[str], provider: TracerProvider, *, barred: Sequence[str] = ()) -> list[Instrumentation]:
    """Loads the best candidate for every target that is wanted, and says what happened to all candidates.

    ``wanted`` is "auto", or names targets (``openai``) or distributions, which then beat the order of families. ``barred`` names
    entry points that "auto" leaves out.
    """
    asked = [wanted] if isinstance(wanted, str) else wanted
    names = None if list(asked) == ["auto"] else {_normal(name) for name in asked}
    candidates = sorted(_candidates(), key=lambda found: (found.target, found.rank, found.distribution))
    outcome: list[Instrumentation] = []
    if names is None and barred:
        out = {_normal(name) for name in barred}
        is_out = [_normal(found.entry_point.name) in out or found.target in out for found in candidates]
        outcome += [_outcome(found, reason=_BARRED) for found, left in zip(candidates, is_out, strict=True) if left]
        candidates = [found for found, left in zip(candidates, is_out, strict=True) if not left]
    for target in dict.fromkeys(found.target for found in candidates):
        outcome += _enable_one([found for found in candidates if found.target == target], names, provider)
    known = {found.target for found in candidates} | {_normal(found.distribution) for found in candidates}
    for name in sorted((names or set()) - known):
        reason = "no instrumentation for it is installed"
        outcome.append(Instrumentation(target=name, distribution="", enabled=False, reason=reason))
    return outcome


def missing(found: Iterable[Instrumentation], *, barred: Sequence[str] = ()) -> Iterable[Instrumentation]:
    """A line for each library that is there and that nothing found can trace: else its calls are missed without a word."""
    from importlib.util import find_spec

    known = {one.target for one in found} | {_normal(name) for name in barred}
    for module, distribution in _TO_BE_HAD.items():
        if _normal(module) not in known and find_spec(module) is not None:
            reason = f"{module} is installed, and no instrumentation of it; pip install {distribution}"
            yield Instrumentation(target=_normal(module), distribution="", enabled=False, reason=reason)


def disable(found: Iterable[Instrumentation]) -> None:
    """Switches off what ``enable`` switched on and nobody switched off since."""
    for one in found:
        try:
            if one.switched_on is not None and one.switched_on.is_instrumented_by_opentelemetry:
                one.switched_on.uninstrument()
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: third-party code that patches other third-party code
            faults.record(f"uninstrument.{one.distribution}", error)


def _enable_one(rivals: list[_Candidate], names: set[str] | None, provider: TracerProvider) -> list[Instrumentation]:
    target = rivals[0].target
    named = [found for found in rivals if names and _normal(found.distribution) in names]
    if names is not None and target not in names and not named:
        return [_outcome(found, reason="not asked for") for found in rivals]
    # What the application itself switched on comes before what would be better: both at once are two spans a call.
    order = sorted(rivals, key=lambda found: (found not in named, not _is_in_use(found)))
    outcome: list[Instrumentation] = []
    chosen: _Candidate | None = None
    for found in order:
        if chosen is not None:
            outcome.append(_outcome(found, reason=f"{chosen.distribution} already covers {target}"))
            continue
        outcome.append(_load(found, provider))
        chosen = found if outcome[-1].enabled else None
    return outcome


def _load(found: _Candidate, provider: TracerProvider) -> Instrumentation:
    try:
        instrumentor = found.entry_point.load()()
        if instrumentor.is_instrumented_by_opentelemetry:
            return _outcome(found, enabled=True, reason="the application switched it on")
        instrumentor.instrument(tracer_provider=provider, raise_exception_on_conflict=True)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: third-party code that patches other third-party code
        if type(error).__name__ != "DependencyConflictError":  # its library is not installed: nothing went wrong
            faults.record(f"instrument.{found.distribution}", error)
        return _outcome(found, reason=f"{type(error).__name__}: {error}")
    return replace(_outcome(found, enabled=True, reason=found.family), switched_on=instrumentor)


def _is_in_use(found: _Candidate) -> bool:
    """Whether the application switched it on. One whose module nobody imported yet cannot be, and is left unimported."""
    if found.entry_point.module not in sys.modules:
        return False
    try:
        return bool(found.entry_point.load()().is_instrumented_by_opentelemetry)
    except Exception:  # noqa: BLE001 - the SDK's boundary: third-party code, whose failure ``_load`` records
        return False


def _outcome(found: _Candidate, *, reason: str, enabled: bool = False) -> Instrumentation:
    return Instrumentation(target=found.target, distribution=found.distribution, enabled=enabled, reason=reason)


def _candidates() -> Iterable[_Candidate]:
    from importlib.metadata import entry_points  # brings the whole of email along, for ``init`` alone

    for entry_point in entry_points(group=GROUP):
        distribution = entry_point.dist.name if entry_point.dist is not None else ""
        for rank, (family, pattern) in enumerate(_FAMILIES):
            match = pattern.fullmatch(distribution)
            if match is None:
                continue
            target = _normal(next(group for group in match.groups() if group))
            target = _SAME_TARGET.get(target, target)
            if family != "OpenLLMetry" or target in _OPENLLMETRY_TARGETS:
                yield _Candidate(target=target, distribution=distribution, family=family, rank=rank, entry_point=entry_point)
            break


def _normal(name: str) -> str:
    return re.sub(r"[-_.]", "", name.lower())
