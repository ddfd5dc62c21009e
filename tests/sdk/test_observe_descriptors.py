"""``@observe`` on what a class holds in place of a function."""

import logging
from functools import cached_property
from typing import Any

import pytest

import spanhouse
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
