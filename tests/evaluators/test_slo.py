"""Error budgets and burn rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.slo import DAY_S, HOUR_S, RULES, BurnRule, Objective, Tally, fired, reachable_rules

LATENCY = Objective(name="latency", target=0.99)


def tallies(bad_share: float) -> dict[int, Tally]:
    return {s: Tally(bad=round(bad_share * 10_000), total=10_000) for rule in RULES for s in (rule.long_s, rule.short_s)}


def test_over_thirty_days_the_rules_are_those_of_the_workbook() -> None:
    assert [LATENCY.threshold(rule) for rule in RULES] == pytest.approx([14.4, 6.0, 1.0])


def test_a_shorter_period_has_lower_burn_rates() -> None:
    weekly = Objective(name="latency", target=0.99, period_s=7 * DAY_S)
    assert weekly.threshold(RULES[0]) == pytest.approx(3.36)


@pytest.mark.parametrize(
    ("bad_share", "expected"),
    [
        (0.0, []),
        (0.009, []),
        (0.01, ["ticket"]),
        (0.06, ["page", "ticket"]),
        (0.144, ["page", "page", "ticket"]),
        (1.0, ["page", "page", "ticket"]),
    ],
)
def test_the_faster_the_budget_burns_the_more_rules_fire(bad_share: float, expected: list[str]) -> None:
    assert [rule.severity for rule in fired(LATENCY, tallies(bad_share))] == expected


def test_a_rule_needs_both_its_windows() -> None:
    over = tallies(1.0) | {300: Tally(bad=0, total=50)}
    assert RULES[0] not in fired(LATENCY, over)
    silent = tallies(1.0) | {300: Tally(bad=0, total=0)}
    assert RULES[0] not in fired(LATENCY, silent)
    assert fired(LATENCY, {}) == []


def test_no_calls_are_neither_good_nor_bad() -> None:
    assert LATENCY.burn_rate(Tally(bad=0, total=0)) == Unscored("no calls")
    assert LATENCY.budget_left(Tally(bad=0, total=0)) == Unscored("no calls")


@pytest.mark.parametrize(("bad", "left"), [(0, 1.0), (50, 0.5), (100, 0.0), (200, -1.0)])
def test_the_budget_left_is_what_the_period_may_still_miss(bad: int, left: float) -> None:
    assert LATENCY.budget_left(Tally(bad=bad, total=10_000)) == pytest.approx(left)


def test_an_alarm_that_can_never_fire_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"of 90.00% burns at most 10.0 times .* at 14.4 times .* more than 93.06%"):
        Objective(name="pass rate", target=0.90)
    Objective(name="pass rate", target=0.90, rules=reachable_rules(0.90))


@pytest.mark.parametrize("target", [0.0, 1.0, -1.0, 99.0, float("nan")])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    with pytest.raises(InvalidSettings, match="give a share between 0 and 1"):
        Objective(name="x", target=target)


@given(st.floats(0.01, 0.9999))
def test_every_rule_of_an_accepted_objective_fires_when_everything_fails(target: float) -> None:
    objective = Objective(name="x", target=target, rules=reachable_rules(target))
    all_bad = {s: Tally(bad=7, total=7) for rule in RULES for s in (rule.long_s, rule.short_s)}
    assert fired(objective, all_bad) == list(objective.rules)
    assert reachable_rules(target) == tuple(r for r in RULES if objective.threshold(r) < objective.highest_burn_rate)


def test_own_rules_are_checked_too() -> None:
    eager = BurnRule(severity="page", budget_share=1.0, long_s=HOUR_S, short_s=60)
    with pytest.raises(InvalidSettings, match=r"at 720.0 times can never fire"):
        Objective(name="x", target=0.99, rules=(eager,))
