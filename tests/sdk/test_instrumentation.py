"""Which instrumentation is chosen when several families are installed for the same library."""

import importlib.metadata
import importlib.util
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest
from opentelemetry.trace import NoOpTracerProvider

from spanhouse import instrumentation
from spanhouse.instrumentation import Instrumentation

GENAI = "opentelemetry-instrumentation-genai-openai"
OPENINFERENCE = "openinference-instrumentation-openai"
OPENLLMETRY = "opentelemetry-instrumentation-openai"
RETIRED = "opentelemetry-instrumentation-openai-v2"


class DependencyConflictError(Exception):
    """As OpenTelemetry's, raised when the library is not installed."""


@dataclass
class Instrumentor:
    """Stands for any family's instrumentor."""

    problem: Exception | None = None
    is_instrumented_by_opentelemetry: bool = False
    sticks: bool = False

    def instrument(self, **_: object) -> None:
        if self.problem is not None:
            raise self.problem
        self.is_instrumented_by_opentelemetry = True

    def uninstrument(self) -> None:
        if self.sticks:
            raise RuntimeError("cannot unwrap")
        self.is_instrumented_by_opentelemetry = False


@dataclass(frozen=True)
class Distribution:
    name: str


@dataclass(frozen=True)
class EntryPoint:
    """One line of a distribution's entry points."""

    dist: Distribution
    instrumentor: Instrumentor
    module: str = __name__
    name: str = "openai"

    def load(self) -> Callable[[], Instrumentor]:
        return lambda: self.instrumentor


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Instrumentor]]:
    def install(*names: str, broken: Iterable[str] = (), problem: Exception | None = None) -> dict[str, Instrumentor]:
        instrumentors = {name: Instrumentor(problem if name in broken else None) for name in names}
        found = [EntryPoint(Distribution(name), instrumentor) for name, instrumentor in instrumentors.items()]
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found)
        return instrumentors

    return install


Install = Callable[..., dict[str, Instrumentor]]


def enabled(outcome: list[Instrumentation]) -> list[str]:
    return [found.distribution for found in outcome if found.enabled]


def test_opentelemetrys_own_comes_before_all_others(installed: Install) -> None:
    instrumentors = installed(RETIRED, OPENLLMETRY, OPENINFERENCE, GENAI)
    outcome = instrumentation.enable("auto", NoOpTracerProvider())
    assert enabled(outcome) == [GENAI]
    assert [name for name, found in instrumentors.items() if found.is_instrumented_by_opentelemetry] == [GENAI]
    assert {found.reason for found in outcome if not found.enabled} == {f"{GENAI} already covers openai"}


@pytest.mark.parametrize(
    ("names", "best"),
    [
        ((RETIRED, OPENLLMETRY, OPENINFERENCE), OPENINFERENCE),
        ((RETIRED, OPENLLMETRY), OPENLLMETRY),
        ((RETIRED,), RETIRED),
        (
            ("opentelemetry-instrumentation-google-generativeai", "opentelemetry-instrumentation-google-genai"),
            "opentelemetry-instrumentation-google-genai",
        ),
        (
            ("opentelemetry-instrumentation-llamaindex", "openinference-instrumentation-llama-index"),
            "openinference-instrumentation-llama-index",
        ),
    ],
)
def test_next_family_steps_in(installed: Install, names: tuple[str, ...], best: str) -> None:
    installed(*names)
    assert enabled(instrumentation.enable("auto", NoOpTracerProvider())) == [best]


def test_distribution_that_is_asked_for_beats_the_order(installed: Install) -> None:
    installed(GENAI, OPENINFERENCE)
    assert enabled(instrumentation.enable([OPENINFERENCE], NoOpTracerProvider())) == [OPENINFERENCE]


@pytest.mark.parametrize("in_use", [OPENINFERENCE, OPENLLMETRY, RETIRED])
def test_family_that_the_application_switched_on_itself_stays_the_only_one(installed: Install, in_use: str) -> None:
    instrumentors = installed(GENAI, OPENINFERENCE, OPENLLMETRY, RETIRED)
    instrumentors[in_use].is_instrumented_by_opentelemetry = True
    outcome = instrumentation.enable("auto", NoOpTracerProvider())
    assert [name for name, found in instrumentors.items() if found.is_instrumented_by_opentelemetry] == [in_use]
    assert {found.distribution: found.reason for found in outcome} == {
        name: "the application switched it on" if name == in_use else f"{in_use} already covers openai" for name in instrumentors
    }


def test_what_opentelemetrys_variable_lists_is_left_out_unless_it_is_asked_for(installed: Install) -> None:
    installed(GENAI, OPENINFERENCE)
    outcome = instrumentation.enable("auto", NoOpTracerProvider(), barred=["openai"])
    assert {found.reason for found in outcome} == {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS lists it"}
    assert enabled(instrumentation.enable(["openai"], NoOpTracerProvider(), barred=["openai"])) == [GENAI]


def test_only_what_is_asked_for_is_loaded_and_what_is_lacking_is_named(installed: Install) -> None:
    installed(GENAI, "opentelemetry-instrumentation-genai-anthropic")
    outcome = instrumentation.enable(["openai", "mistralai"], NoOpTracerProvider())
    assert [(found.target, found.enabled, found.reason) for found in outcome] == [
        ("anthropic", False, "not asked for"),
        ("openai", True, "OpenTelemetry GenAI"),
        ("mistralai", False, "no instrumentation for it is installed"),
    ]


def test_web_servers_and_databases_are_left_to_the_application(installed: Install) -> None:
    installed("opentelemetry-instrumentation-fastapi", "opentelemetry-instrumentation-sqlalchemy")
    assert instrumentation.enable("auto", NoOpTracerProvider()) == []


def test_carrier_of_context_into_threads_is_loaded_for_it_makes_no_spans(installed: Install) -> None:
    installed("opentelemetry-instrumentation-threading")
    assert enabled(instrumentation.enable("auto", NoOpTracerProvider())) == ["opentelemetry-instrumentation-threading"]


def test_instrumentation_without_its_library_gives_way_to_the_next(installed: Install) -> None:
    installed(GENAI, OPENINFERENCE, broken=[GENAI], problem=DependencyConflictError("openai is not installed"))
    outcome = instrumentation.enable("auto", NoOpTracerProvider())
    assert [(found.distribution, found.enabled, found.reason) for found in outcome] == [
        (GENAI, False, "DependencyConflictError: openai is not installed"),
        (OPENINFERENCE, True, "OpenInference"),
    ]


def test_instrumentation_that_fails_is_reported_and_nothing_is_raised(
    installed: Install, caplog: pytest.LogCaptureFixture
) -> None:
    installed(GENAI, broken=[GENAI], problem=AttributeError("openai has no attribute chat"))
    with caplog.at_level(logging.CRITICAL):
        (found,) = instrumentation.enable("auto", NoOpTracerProvider())
    assert (found.enabled, found.reason) == (False, "AttributeError: openai has no attribute chat")


def test_only_what_was_switched_on_here_is_switched_off(installed: Install, caplog: pytest.LogCaptureFixture) -> None:
    anthropic = "opentelemetry-instrumentation-genai-anthropic"
    instrumentors = installed(GENAI, anthropic, "openinference-instrumentation-groq", "openinference-instrumentation-mistralai")
    instrumentors[anthropic].is_instrumented_by_opentelemetry = True
    outcome = instrumentation.enable("auto", NoOpTracerProvider())
    instrumentors["openinference-instrumentation-groq"].sticks = True
    with caplog.at_level(logging.CRITICAL):
        instrumentation.disable(outcome)
    assert [name for name, found in instrumentors.items() if found.is_instrumented_by_opentelemetry] == [
        anthropic,
        "openinference-instrumentation-groq",
    ]
    assert {found.target: found.reason for found in outcome}["anthropic"] == "the application switched it on"


def test_library_without_an_instrumentation_is_named_with_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True if name in {"openai", "anthropic", "langchain"} else None)
    covered = Instrumentation(target="langchain", distribution="any", enabled=True, reason="")
    (line,) = instrumentation.missing([covered], barred=["anthropic"])
    assert (line.target, line.enabled) == ("openai", False)
    assert line.reason == f"openai is installed, and no instrumentation of it; pip install {GENAI}"
