"""Long texts are searched in windows, so that the application's threads have their turns; what is found stays the same."""

import random
import re
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanhouse.masking import findings, turns
from spanhouse.masking.detectors import PERSONAL, SECRETS, Detector
from spanhouse.masking.findings import Finder
from spanhouse.masking.rules import read
from tests.collector.redaction.samples import KINDS

EVERYTHING = Finder(read({"detectors": ["secrets", "personal"]}))
SMALL = 64  # characters of a window, so that a text has many edges
FARTHEST = max(detector.reach or 0 for detector in (*SECRETS, *PERSONAL))
FILLERS = [
    "a",
    "word ",
    "x.",
    "1",
    "4 ",
    "-",
    " ",
    "+",
    "eyJ",
    "sk-",
    "://",
    "@",
    "a@b.",
    "a@b.cc.1",
    "SG.",
    "bearer ",
    "key=",
    "0:",
]
LONG = {
    "api_key": "sk-" + "a1" * 9_000,
    "jwt": "eyJ" + "a1" * 2_000 + ".eyJ" + "a" * 9_000 + "." + "b" * 9_000,
    "sendgrid": "SG." + "a" * 1_000 + "." + "b" * 9_000,
    "bearer": "bearer" + " " * 1_000 + "a1" * 9_000,
    "url_password": "://" + "u" * 2_000 + ":" + "p" * 4_000 + "@",
    "email": "a" * 250 + "@" + ("b" * 60 + ".") * 9 + "c" * 9_000,
    "labels": "a@b.com." + ("1" * 60 + ".") * 9 + "cc",
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\n" + "a\n" * 9_000 + "-----END RSA PRIVATE KEY-----",
    "unfinished key": "-----BEGIN RSA PRIVATE KEY-----\n" + "a\n" * 9_000,
}


def found(text: str, *, window: int) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings, "_WINDOW", window)
        return EVERYTHING.find(text)


def assert_windows_change_nothing(text: str) -> None:
    assert found(text, window=SMALL) == found(text, window=sys.maxsize)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 1_000),
    before=st.tuples(st.sampled_from(FILLERS), st.integers(0, 3 * SMALL)),
    after=st.sampled_from(FILLERS),
)
def test_secret_at_any_edge_of_a_window_is_found_as_in_the_whole_text(
    kind: str, seed: int, before: tuple[str, int], after: str
) -> None:
    text = before[0] * before[1] + " " + KINDS[kind](random.Random(seed)) + " " + after * (2 * FARTHEST + 4 * SMALL)
    assert_windows_change_nothing(text)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*FILLERS, *LONG.values()]), st.integers(1, 30)), min_size=1, max_size=6))
def test_pieces_of_secrets_in_a_row_are_read_as_in_the_whole_text(pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * (times if len(piece) < SMALL else 1) for piece, times in pieces)
    assert_windows_change_nothing(text + " end" * FARTHEST)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("before", [0, 1, SMALL - 1, SMALL, SMALL + 1, 5 * SMALL])
def test_what_is_longer_than_a_window_is_found_whole(name: str, before: int) -> None:
    text = " " * before + LONG[name] + " " + "word " * (FARTHEST // 2)
    assert_windows_change_nothing(text)
    assert found(text, window=SMALL) != []


class Watched:
    """An expression that notes how many characters each search was given."""

    groups = 0

    def __init__(self, expression: re.Pattern[str]) -> None:
        self.given: list[int] = []
        self.groups = expression.groups
        self._expression = expression

    def search(self, text: str, start: int, end: int = sys.maxsize) -> re.Match[str] | None:
        self.given.append(min(end, len(text)) - start)
        return self._expression.search(text, start, end)


@pytest.mark.parametrize("detector", [*SECRETS, *PERSONAL], ids=lambda detector: detector.name)
def test_no_search_of_a_text_without_findings_gets_more_than_a_window_and_what_it_reaches(detector: Detector) -> None:
    """A search holds every thread of the process until it is over."""
    watched = Watched(detector.expression)
    searched = Detector(name="watched", expression=watched, accepts=detector.accepts, reach=detector.reach)  # type: ignore[arg-type]
    assert list(findings._found(searched, "the customer asks for a refund of her order, please. " * 10_000)) == []
    assert len(watched.given) > 20
    assert max(watched.given) <= findings._WINDOW + 2 * FARTHEST


def test_expression_of_an_application_is_searched_as_a_whole() -> None:
    """Nobody knows how far it looks."""
    text = "begin" + "x" * 50_000 + "end"
    (finding,) = Finder(read({"detectors": [], "blocked_values": ["begin.*end"]})).find(text)
    assert (finding.start, finding.end) == (0, len(text))


@pytest.mark.parametrize("in_main_thread", [False, True])
def test_turns_are_given_while_a_long_text_is_read_but_not_in_the_main_thread(
    in_main_thread: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = time.sleep

    def noted(seconds: float) -> None:
        if seconds == turns._PAUSE_S:
            pauses.append(seconds)
        else:  # somebody else's
            sleep(seconds)

    monkeypatch.setattr("spanhouse.masking.turns.time.sleep", noted)
    monkeypatch.setattr(turns, "_LONGEST_TURN_S", 0.0)
    reading = threading.Thread(target=EVERYTHING.find, args=("a refund, please " * 10_000,))
    if in_main_thread:
        reading.run()
    else:
        reading.start()
        reading.join()
    assert (len(pauses) > 100) is not in_main_thread
