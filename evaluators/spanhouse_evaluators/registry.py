"""Finds evaluators by name: those that come along, and those of installed packages.

Must not know when or on what they run.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from types import MappingProxyType

from spanhouse_collector.errors import InvalidSettings, NotFound
from spanhouse_evaluators.confined.evaluator import Bounds, of_entry_point
from spanhouse_evaluators.confined.worker import ENTRY_POINT_GROUP
from spanhouse_evaluators.contract import Evaluator
from spanhouse_evaluators.critical_path import critical_path_ms
from spanhouse_evaluators.given import given
from spanhouse_evaluators.quality.answer_length import answer_length
from spanhouse_evaluators.quality.citations import citations
from spanhouse_evaluators.quality.embeddings import answer_relevance, check_installed, semantic_similarity
from spanhouse_evaluators.quality.exact_match import exact_match
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.quality.language import language
from spanhouse_evaluators.quality.readability import readability
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.quality.token_f1 import token_f1
from spanhouse_evaluators.quality.tool_calls import tool_calls
from spanhouse_evaluators.quality.valid_json import valid_json

BUILT_IN: tuple[Evaluator, ...] = (
    answer_length,
    citations,
    critical_path_ms,
    exact_match,
    groundedness,
    language,
    readability,
    refusal,
    token_f1,
    tool_calls,
    valid_json,
)

EMBEDDING: tuple[Evaluator, ...] = (answer_relevance, semantic_similarity)
"""Those that need the extra `embeddings`."""


CONFIGURED_ONLY = ("judge", "json_schema", "ragas", "regex")
"""Types of a file of evaluators: there is none of these until the file says what it looks for."""

NONE_CONFIGURED: Mapping[str, Evaluator] = MappingProxyType({})


def names() -> list[str]:
    """Return the name of every evaluator there is, sorted; those of packages are not loaded for it."""
    return sorted({*_built_in(), *(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP))})


def find(
    wanted: Iterable[str], *, bounds: Bounds | None = None, configured: Mapping[str, Evaluator] = NONE_CONFIGURED
) -> list[Evaluator]:
    """Return the evaluators of these names, in their order; those that packages bring are confined (within `bounds`).

    A configured one comes before others of its name. An entry point is called as its evaluator, and is one or a function without
    parameters that returns one. It may not take the name of a built-in. Raises NotFound, which lists what there is, and
    InvalidSettings for one that keeps neither rule, or lacks a part of the contract.
    """
    known = sorted({*names(), *configured})
    chosen = list(wanted)
    for name in chosen:
        if name not in known and name in CONFIGURED_ONLY:
            raise NotFound(f"{name!r} needs to be told what to look for; write an evaluator of that type into a file of them.")
        if name not in known:
            raise NotFound(f"There is no evaluator {name!r}; choose from {', '.join(known)}.")
    return [given(configured[name]) if name in configured else _found(name, bounds) for name in chosen]


def _found(name: str, bounds: Bounds | None) -> Evaluator:
    built_in = _built_in().get(name)
    brought = [entry.value for entry in entry_points(group=ENTRY_POINT_GROUP, name=name)]
    if len(brought) + (built_in is not None) > 1:
        raise InvalidSettings(f"There is more than one evaluator {name!r} ({', '.join(brought)}); uninstall one package.")
    if built_in in EMBEDDING:
        check_installed()
    return built_in if built_in is not None else of_entry_point(name, bounds=bounds)


def _built_in() -> dict[str, Evaluator]:
    return {evaluator.name: evaluator for evaluator in (*BUILT_IN, *EMBEDDING)}
