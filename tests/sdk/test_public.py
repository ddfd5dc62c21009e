"""What is public, and that its types survive decoration; mypy and pyright read ``assert_type``."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, assert_type

import pytest

import spanhouse
from spanhouse.testing import Captured


def test_public_names_are_these() -> None:
    assert spanhouse.__all__ == [
        "Instrumentation",
        "Kind",
        "Report",
        "Span",
        "carry",
        "context",
        "current_span",
        "feedback",
        "flush",
        "init",
        "observe",
        "report",
        "score",
        "shutdown",
        "span",
    ]


def test_decorated_functions_keep_their_types(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    def plain(left: int, *, right: str) -> bytes:
        return right.encode() * left

    @spanhouse.observe(kind="tool")
    async def asynchronous(order: str) -> float:
        return float(order)

    @spanhouse.observe(kind="llm")
    def stream(question: str) -> Iterator[str]:
        yield question

    @spanhouse.observe(name="answers", kind="llm")
    async def asynchronous_stream(question: str) -> AsyncIterator[str]:
        yield question

    class Worker:
        @spanhouse.observe
        def work(self, order: str, times: int = 1) -> str:
            return order * times

    assert_type(plain(2, right="a"), bytes)
    assert_type(Worker().work("a", times=2), str)
    assert_type(stream("why?"), Iterator[str])
    assert_type(asynchronous_stream("why?"), AsyncIterator[str])
    typed: Callable[[str], Coroutine[Any, Any, float]] = asynchronous
    assert typed is asynchronous
    # Type checkers complain of each of these ignores as soon as parameters are no longer checked.
    with pytest.raises(TypeError):
        plain("two", wrong=3)  # type: ignore[call-arg,arg-type]
    with pytest.raises(TypeError):
        Worker().work()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        stream(question="why?", times=2)  # type: ignore[call-arg]


def test_import_loads_neither_an_http_client_nor_protobuf() -> None:
    script = "import sys, spanhouse; print(sorted({'requests', 'google.protobuf', 'pytest'} & set(sys.modules)))"
    environment = {"PYTHONPATH": str(Path(spanhouse.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "[]"
