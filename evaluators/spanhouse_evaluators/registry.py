"""Finds evaluators by name: those that come along, and those of installed packages.

Must not know when or on what they run.
"""

from collections.abc import Iterable
from importlib.metadata import entry_points

from spanhouse_collector.errors import InvalidSettings, NotFound
from spanhouse_evaluators.contract import Evaluator
from spanhouse_evaluators.quality.answer_length import answer_length
from spanhouse_evaluators.quality.citations import citations
from spanhouse_evaluators.quality.exact_match import exact_match
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.quality.readability import readability
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.quality.token_f1 import token_f1
from spanhouse_evaluators.quality.tool_calls import tool_calls
from spanhouse_evaluators.quality.valid_json import valid_json

ENTRY_POINT_GROUP = "spanhouse.evaluators"

BUILT_IN: tuple[Evaluator, ...] = (
    answer_length,
    citations,
    exact_match,
    groundedness,
    readability,
    refusal,
    token_f1,
    tool_calls,
    valid_json,
)


def available() -> dict[str, Evaluator]:
    """Return every evaluator by name, in the order of names.

    An entry point is an `Evaluator` or a function without parameters that returns one. It may not
    take the name of a built-in. Raises `InvalidSettings` for one that keeps neither rule.
    """
    found = {evaluator.name: evaluator for evaluator in BUILT_IN}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        made = entry.load()
        made = made if isinstance(made, Evaluator) else made()
        if not isinstance(made, Evaluator):
            raise InvalidSettings(
                f"Entry point {entry.name!r} gives {made!r}, which is not an evaluator; "
                "give it a name, a version, needs, bounds and evaluate."
            )
        if made.name in found:
            raise InvalidSettings(
                f"Entry point {entry.name!r} brings a second evaluator named {made.name!r}; rename it or uninstall its package."
            )
        found[made.name] = made
    return dict(sorted(found.items()))


def find(names: Iterable[str]) -> list[Evaluator]:
    """Return the evaluators of these names, in their order.

    Raises `NotFound`, which lists what there is.
    """
    known = available()
    chosen = []
    for name in names:
        if name not in known:
            raise NotFound(f"There is no evaluator {name!r}; choose from {', '.join(known)}.")
        chosen.append(known[name])
    return chosen
