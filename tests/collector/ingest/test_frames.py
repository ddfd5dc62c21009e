"""Frames: what goes in comes out, whatever it holds, and damage is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_collector.ingest import frames

BODIES = st.binary(max_size=2_000)
PROJECTS = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,62}\Z")
TIMES = st.integers(min_value=0, max_value=(1 << 64) - 1)
REQUESTS = st.lists(st.tuples(BODIES, PROJECTS, TIMES), max_size=5)

# The collector's own fields, as a sender might write them into a body of his own.
FORGED = frames.encode(b"", project="victim", received_ms=7)[1:]


def segment(requests: list[tuple[bytes, str, int]]) -> bytes:
    return b"".join(frames.encode(body, project=project, received_ms=received) for body, project, received in requests)


def read(data: bytes) -> list[tuple[bytes, str, int]]:
    found = [frames.parts(frame) for frame in frames.decode(data)]
    return [(body, project, received) for project, received, body in found]


@given(REQUESTS)
def test_requests_come_back_in_order(requests: list[tuple[bytes, str, int]]) -> None:
    assert read(segment(requests)) == requests


@given(REQUESTS)
def test_frames_lie_end_to_end(requests: list[tuple[bytes, str, int]]) -> None:
    data = segment(requests)
    found = list(frames.decode(data))
    assert [frame.start for frame in found] == [0, *(frame.end for frame in found)][: len(found)]
    assert max((frame.end for frame in found), default=0) == len(data)


@given(REQUESTS, st.tuples(BODIES, PROJECTS, TIMES), st.data())
def test_a_tail_that_was_cut_off_is_no_frame(
    requests: list[tuple[bytes, str, int]], last: tuple[bytes, str, int], data: st.DataObject
) -> None:
    tail = segment([last])
    length = data.draw(st.integers(min_value=0, max_value=len(tail) - 1))
    assert read(segment(requests) + tail[:length]) == requests


@given(REQUESTS, st.tuples(BODIES, PROJECTS, TIMES), st.data())
def test_a_damaged_byte_ends_the_segment_before_its_frame(
    requests: list[tuple[bytes, str, int]], last: tuple[bytes, str, int], data: st.DataObject
) -> None:
    tail = bytearray(segment([last]))
    place = data.draw(st.integers(min_value=0, max_value=len(tail) - 1))
    tail[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    assert read(segment(requests) + bytes(tail)) == requests


@given(BODIES, BODIES, PROJECTS, TIMES)
def test_a_body_with_fields_of_ours_does_not_choose_its_project(before: bytes, after: bytes, project: str, received: int) -> None:
    body = before + FORGED + after
    assert read(segment([(body, project, received)])) == [(body, project, received)]


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read(data: bytes) -> None:
    for frame in frames.decode(data):
        assert 0 <= frame.start < frame.end <= len(data)


def test_a_frame_that_this_collector_did_not_write_is_told() -> None:
    with pytest.raises(ValueError, match="not written by this collector"):
        frames.parts(frames.Frame(start=0, end=20, message=b"x" * 20))
