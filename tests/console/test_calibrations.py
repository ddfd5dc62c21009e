"""The page of scores: an evaluator beside people who scored the same, and its rate with its errors counted in."""

from datetime import timedelta

import pytest

from spanhouse_dashboards.console import Calibration, Estimate
from spanhouse_server.calibrations import calibrations
from tests.console.serving import Console
from tests.console.test_pages import words
from tests.console.traffic import NOW, put, score, span

pytestmark = pytest.mark.store

BESIDE = "Beside people’s scores"


def by_both(console: Console, name: str, *, said: list[tuple[float, float | None]]) -> None:
    """Puts spans, each with the evaluator's value and a person's."""
    rows = [
        span(trace_id=f"{n:032x}", span_id=f"{n:016x}", start_time=NOW - timedelta(minutes=n)) for n in range(1, len(said) + 1)
    ]
    scores = [score(row, name, value) for row, (value, _) in zip(rows, said, strict=True)]
    people = {"source": "person", "evaluator": "ann", "evaluator_version": ""}
    scores += [score(row, name, label, **people) for row, (_, label) in zip(rows, said, strict=True) if label is not None]
    put(console.store, rows, scores)


def test_scores_show_an_evaluator_beside_people_and_its_corrected_rate(console: Console) -> None:
    by_both(console, "polite", said=[(1.0, 1.0), (0.0, None)])
    console.calibrations = [
        Calibration(
            evaluator="polite",
            version="3",
            labelled=100,
            judged=2_000,
            agreement=Estimate(value=0.85, low=0.77, high=0.91),
            kappa=Estimate(value=0.7, low=0.56, high=0.84),
            rate=Estimate(value=0.9, low=0.88, high=0.92),
            corrected_rate=Estimate(value=0.8, low=0.7, high=0.88),
            baseline_agreement=Estimate(value=0.6, low=0.5, high=0.7),
            reasons=["Something cannot be told."],
        )
    ]
    text = words(console.text("/scores"))
    assert "polite version 3 Something cannot be told. 100 of 2,000 85% 77% to 91% 60% 50% to 70% 0.7 0.56 to 0.84 – – " in text
    assert "– – 90% 88% to 92% 80% 70% to 88%" in text


def test_scores_that_no_person_gave_stand_beside_nobody(console: Console) -> None:
    by_both(console, "polite", said=[(1.0, None)])
    console.calibrations = [Calibration(evaluator="polite", version="3", labelled=0, judged=1)]
    assert BESIDE not in console.text("/scores")


def test_a_rate_is_corrected_by_what_people_said_in_the_range(console: Console) -> None:
    good, bad, alone = [(1.0, 1.0)] * 18 + [(0.0, 1.0)] * 2, [(0.0, 0.0)] * 15 + [(1.0, 0.0)] * 5, [(1.0, None)] * 20
    by_both(console, "polite", said=[*good, *bad, *alone])
    (found,) = calibrations(console.store, "default", names=["polite"], since=NOW - timedelta(days=1), until=NOW)
    assert (found.labelled, found.judged, found.reasons) == (40, 60, [])
    assert found.rate is not None
    assert found.corrected_rate is not None
    assert found.rate.value == pytest.approx(43 / 60)
    # 18 of the 23 that pass are good, and 2 of the 17 that do not.
    assert found.corrected_rate.value == pytest.approx(43 / 60 * 18 / 23 + 17 / 60 * 2 / 17)
    assert found.corrected_rate.low < found.corrected_rate.value < found.corrected_rate.high


def test_labels_in_words_of_their_own_are_told_in_a_sentence(console: Console) -> None:
    by_both(console, "mood", said=[(1.0, None)])
    row = span(trace_id="ab" * 16, span_id="ab" * 8, start_time=NOW - timedelta(minutes=1))
    put(console.store, [row], [score(row, "mood", None, label="fine", source="person", evaluator="ann", evaluator_version="")])
    (found,) = calibrations(console.store, "default", names=["mood"], since=NOW - timedelta(days=1), until=NOW)
    assert (
        "'fine' is neither good nor bad; name the labels that are good, as --good 'fine' to spanhouse calibrate mood."
        in found.reasons[0]
    )
