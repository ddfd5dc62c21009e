"""What is worth a word on the overview, and what is left to chance."""

from __future__ import annotations

import random

from spanhouse_dashboards.console.changes import ScoreFigure, Side, compare

HOUR = 3600.0


def side(**given: object) -> Side:
    figures = {"length_s": HOUR, "calls": 200, "error_rate": 0.02, "p95_ms": 1_000.0, "cost_usd": 1.0, **given}
    return Side(**figures)  # type: ignore[arg-type]  # figures by name


def told(before: Side, after: Side) -> list[tuple[str, str, str, str, str]]:
    return [(change.what, change.how, change.before, change.after, change.verdict) for change in compare(before, after)]


def test_the_same_twice_is_no_change() -> None:
    assert compare(side(), side()) == []


def test_what_got_worse_is_told_first_with_both_figures() -> None:
    before = side(scores={"tone": ScoreFigure(mean=0.9, spread=0.1, scored=100)})
    after = side(error_rate=0.12, p95_ms=2_100.0, cost_usd=0.5, scores={"tone": ScoreFigure(mean=0.7, spread=0.1, scored=100)})
    assert told(before, after) == [
        ("the error rate", "rose 6-fold", "2%", "12%", "worse"),
        ("p95 latency", "rose 2.1-fold", "1 s", "2.10 s", "worse"),
        ("mean tone", "fell", "0.90", "0.70", "moved"),
        ("cost per call", "fell by half", "$0.005", "$0.0025", "better"),
    ]


def test_few_calls_and_few_scores_say_nothing() -> None:
    few = ScoreFigure(mean=0.1, spread=0.1, scored=3)
    many = ScoreFigure(mean=0.9, spread=0.1, scored=100)
    assert (
        compare(
            side(calls=10, error_rate=0.0, scores={"tone": many}),
            side(calls=10, error_rate=0.9, p95_ms=9_000.0, scores={"tone": few}),
        )
        == []
    )


def test_what_nobody_knows_is_not_compared() -> None:
    assert compare(side(error_rate=None, p95_ms=None, cost_usd=None), side()) == []
    assert compare(side(), side(error_rate=None, p95_ms=None, cost_usd=None)) == []


def test_traffic_is_told_by_the_hour_and_is_neither_good_nor_bad() -> None:
    assert told(side(calls=200, cost_usd=1.0), side(length_s=HOUR / 2, calls=300, cost_usd=1.5)) == [
        ("traffic", "rose 3-fold", "200 calls/h", "600 calls/h", "neutral")
    ]


def test_chance_alone_is_rarely_named() -> None:
    chance = random.Random(5)

    def sample() -> Side:
        values = [chance.gauss(0.7, 0.2) for _ in range(60)]
        mean = sum(values) / 60
        spread = (sum((value - mean) ** 2 for value in values) / 59) ** 0.5
        errors = sum(chance.random() < 0.05 for _ in range(400)) / 400
        return side(calls=400, error_rate=errors, scores={"tone": ScoreFigure(mean=mean, spread=spread, scored=60)})

    named = sum(bool(compare(sample(), sample())) for _ in range(400))
    assert named <= 12
