"""Sizes of functions and files, as the style guide sets them; each exception stands here with its reason.

Complexity is ruff's job (C901).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import FunctionNode, functions, python_files, relative

FUNCTION_LINES = 60
FILE_LINES = 400
PARAMETERS = 5
POSITIONAL_PARAMETERS = 2

# "path" or "path::function": why it may be larger.
EXCEPTIONS: dict[str, str] = {
    "sdk/spanhouse/startup.py::init": "the one call an application makes; each setting is a keyword that it may leave out",
    "sdk/spanhouse/call_context.py::context": "each part of a context is a keyword that an application may leave out",
    "sdk/spanhouse/scores.py::score": "each part of a score is a keyword that an application may leave out",
    "sdk/spanhouse/scores.py::feedback": "the same for what a person says",
}

# Names whose parameters somebody else's interface decides.
_FOREIGN_SIGNATURES = ("__exit__", "__aexit__", "__set_name__", "__get__", "__call__", "should_sample")


@pytest.mark.parametrize("path", python_files(), ids=relative)
def test_file_and_its_functions_keep_their_size(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [*_file_violations(path), *_function_violations(path, tree)]
    assert [violation for name, violation in found if name not in EXCEPTIONS] == []


def test_every_exception_is_still_needed() -> None:
    found = set()
    excepted = {name.split("::")[0] for name in EXCEPTIONS}
    for path in filter(lambda path: relative(path) in excepted, python_files()):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {name for name, _ in (*_file_violations(path), *_function_violations(path, tree))}
    assert set(EXCEPTIONS) - found == set()


def _file_violations(path: Path) -> Iterator[tuple[str, str]]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > FILE_LINES:
        yield relative(path), f"{relative(path)} has {lines} lines; split it by what it does (at most {FILE_LINES})"


def _function_violations(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    for function in functions(tree):
        name = f"{relative(path)}::{function.name}"
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield name, f"{name} has {lines} lines; at most {FUNCTION_LINES}, better 25"
        yield from ((name, f"{name} {what}") for what in _parameter_violations(path, function))


def _parameter_violations(path: Path, function: FunctionNode) -> Iterator[str]:
    if function.name in _FOREIGN_SIGNATURES:
        return
    arguments = function.args
    positional = [argument for argument in (*arguments.posonlyargs, *arguments.args) if argument.arg not in {"self", "cls"}]
    number = len(positional) + len(arguments.kwonlyargs)
    if number > PARAMETERS:
        yield f"takes {number} parameters; at most {PARAMETERS}, else a dataclass"
    if len(positional) > POSITIONAL_PARAMETERS and not _callers_are_in_sight(path, function):
        yield f"takes {len(positional)} parameters by position; keyword-only after the second"


def _callers_are_in_sight(path: Path, function: FunctionNode) -> bool:
    """A private function is called in its own file; pytest and FastAPI call tests and routes, and pass all by name."""
    is_private = function.name.startswith("_") and not function.name.startswith("__")
    return is_private or relative(path).startswith("tests/") or any(map(_is_route, function.decorator_list))


def _is_route(decorator: ast.expr) -> bool:
    """Whether this is `@something.get("/path")` or one of its sisters."""
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return False
    return decorator.func.attr in {"get", "post", "put", "patch", "delete"}
