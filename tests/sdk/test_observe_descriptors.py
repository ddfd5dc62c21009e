"""``@observe`` on what a class holds in place of a function."""

import logging
from functools import cached_property, lru_cache
from typing import Any

import pytest

import spanhouse
from spanhouse import faults
from spanhouse.testing import Captured


def test_cached_property_is_traced_in_either_order_and_read_once(spanhouse_capture: Captured) -> None:
    observe: Any = spanhouse.observe  # mypy refuses what cannot be called

    class Shop:
        @cached_property
        @spanhouse.observe
        def below(self) -> str:
            return "below"

        def read(self) -> str:
            return "above"

        above: Any = observe(cached_property(read))

    shop = Shop()
    assert [shop.below, shop.below, shop.above, shop.above] == ["below", "below", "above", "above"]
    assert [span.name for span in spanhouse_capture.spans] == ["below", "read"]


def test_what_cannot_be_called_stays_as_it_is(spanhouse_capture: Captured, caplog: pytest.LogCaptureFixture) -> None:
    observe: Any = spanhouse.observe

    class Slot:
        def __get__(self, owner: object, kind: type | None = None) -> str:
            return "given"

    class Shop:
        with caplog.at_level(logging.CRITICAL):
            slot: Any = observe(Slot())

    assert Shop().slot == "given"
    assert spanhouse_capture.spans == []


def test_cached_function_keeps_what_can_be_asked_of_its_cache(spanhouse_capture: Captured) -> None:
    @lru_cache
    def double(number: int) -> int:
        return 2 * number

    observed: Any = spanhouse.observe(double)
    assert (observed(2), observed(2), observed.cache_info().hits) == (4, 4, 1)
    observed.cache_clear()
    assert (observed.cache_info().currsize, len(spanhouse_capture.spans)) == (0, 2)


def test_name_may_be_written_without_its_keyword_as_in_decorators_of_others(spanhouse_capture: Captured) -> None:
    observe: Any = spanhouse.observe  # the types rule it out

    def reply(question: str) -> str:
        return question

    assert observe("answer", kind="workflow")(reply)("why?") == "why?"
    assert [span.name for span in spanhouse_capture.spans] == ["invoke_workflow answer"]


@pytest.mark.parametrize("where", ["observe", "span"])
def test_kind_that_is_none_is_named_with_those_there_are(
    spanhouse_capture: Captured, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(faults, "_next_log_s", {})
    generation: Any = "generation"
    if where == "observe":
        spanhouse.observe(name="ask", kind=generation)(len)("why?")
    else:
        with spanhouse.span("ask", generation):
            pass
    assert [span.name for span in spanhouse_capture.spans] == ["ask"]
    known = "llm, tool, retrieval, agent, workflow, embedding, guardrail"
    assert f"ValueError: kind is 'generation'; it is one of {known}" in caplog.text
