"""Makes sure that what somebody gives as an evaluator is one, before it is asked about anything.

What lacks a part of the contract would otherwise fail once for each span. Must not know where it comes from.
"""

import inspect
from collections.abc import Mapping
from typing import cast

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Evaluator

_ABSENT = object()

_PARTS: Mapping[str, str] = {
    "name": 'name = "own"',
    "version": 'version = "1"',
    "needs": 'needs = "span" (or "trace", "session")',
    "bounds": "bounds = None (or the lowest and the highest number that it may answer)",
    "evaluate": "def evaluate(self, context)",
}
"""What an evaluator has, and how it is written."""


def given(found: object) -> Evaluator:
    """Return the evaluator: what was given itself, or what it makes, if it is a class or a function without parameters.

    Raises InvalidSettings, which says what it lacks and what to write, and whatever its code raises.
    """
    made = found if _is_meant_as_one(found) else _called(found)
    lacking = [part for part in _PARTS if getattr(made, part, _ABSENT) is _ABSENT]
    if len(lacking) == len(_PARTS):
        raise InvalidSettings(f"{made!r:.100} is no evaluator; give an object with {', '.join(_PARTS)}, or a decorated function")
    if lacking:
        written = " and ".join(_PARTS[part] for part in lacking)
        raise InvalidSettings(f"Class {type(made).__name__!r} has no {' and no '.join(lacking)}; write {written}")
    one = cast("Evaluator", made)
    if not _takes(one.evaluate, object()):
        raise InvalidSettings(f"Evaluate of {type(made).__name__!r} does not take a context alone; write {_PARTS['evaluate']}")
    return one


def _is_meant_as_one(found: object) -> bool:
    """Return whether it is an object with some part of the contract; a class may have them all, and is none."""
    return not isinstance(found, type) and any(hasattr(found, part) for part in _PARTS)


def _called(found: object) -> object:
    if not callable(found):
        return found
    if _takes(found):
        return found()
    name = getattr(found, "__name__", repr(found))
    if isinstance(found, type):
        raise InvalidSettings(f"Class {name!r} is not made without arguments; give an object of it, as own = {name}(...)")
    raise InvalidSettings(f'The function {name!r} takes arguments; write @evaluator("own", "1") above it')


def _takes(function: object, *arguments: object) -> bool:
    """Return whether it can be called with these; what has no readable signature may."""
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
    except ValueError:
        return True
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True
