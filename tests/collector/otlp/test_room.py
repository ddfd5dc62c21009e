"""Memory for requests under way is bounded, and given back."""

from __future__ import annotations

import pytest

from spanhouse_collector.errors import Overloaded
from spanhouse_collector.otlp.intake import Room


def test_a_full_room_refuses_for_now_and_has_place_again_later() -> None:
    room = Room(100)
    with room.held() as hold, room.held() as hold_other:
        hold(60)
        hold_other(40)
        with pytest.raises(Overloaded, match="hold 100 bytes, at most 100") as refused:
            hold_other(1)
        assert 1 <= refused.value.retry_after_s <= 5
    with room.held() as hold:
        hold(100)


def test_a_request_that_is_alone_is_never_refused() -> None:
    room = Room(100)
    with room.held() as hold:
        hold(60)
        hold(600)


def test_what_failed_gives_its_place_back() -> None:
    room = Room(100)

    def fail() -> None:
        with room.held() as hold:
            hold(90)
            raise ValueError("boom")

    for _ in range(5):
        with pytest.raises(ValueError, match="boom"):
            fail()
    with room.held() as hold, room.held() as hold_other:
        hold(50)
        hold_other(50)
