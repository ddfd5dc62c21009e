"""Service level objectives: error budgets, and alarms on how fast they burn.

The multi-window, multi-burn-rate method of the Site Reliability Workbook, chapter 5. Must not know what is counted as bad:
failed calls, slow ones, or answers below a score.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Unscored

Severity = Literal["page", "ticket"]

HOUR_S = 3_600
DAY_S = 24 * HOUR_S


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRule:
    """Alarm when the long window spends `budget_share` of the budget, and the short one shows that it goes on."""

    severity: Severity
    budget_share: float
    long_s: int
    short_s: int


RULES = (
    BurnRule(severity="page", budget_share=0.02, long_s=HOUR_S, short_s=300),
    BurnRule(severity="page", budget_share=0.05, long_s=6 * HOUR_S, short_s=1_800),
    BurnRule(severity="ticket", budget_share=0.10, long_s=3 * DAY_S, short_s=6 * HOUR_S),
)
"""The workbook's table 5-8; over 30 days their burn rates are 14.4, 6 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What happened in a window: `bad` of `total` calls missed the objective."""

    bad: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A share of good calls, between 0 and 1 exclusive, promised over a period in seconds.

    Raises InvalidSettings for a rule that no outcome could ever set off: of a promised 90 %, burning ten times as fast as
    allowed is all calls failing, so an alarm at 14.4 times would look like safety and be silence.
    """

    name: str
    target: float
    period_s: int = 30 * DAY_S
    rules: tuple[BurnRule, ...] = RULES

    def __post_init__(self) -> None:
        if not 0.0 < self.target < 1.0:
            raise InvalidSettings(f"The objective {self.name!r} is {self.target!r}; give a share between 0 and 1.")
        for rule in self.rules:
            if self.threshold(rule) >= self.highest_burn_rate:
                least = 1.0 - 1.0 / self.threshold(rule)
                raise InvalidSettings(
                    f"The objective {self.name!r} of {self.target:.2%} burns at most "
                    f"{self.highest_burn_rate:.1f} times too fast, "
                    f"so its alarm at {self.threshold(rule):.1f} times can never fire; "
                    f"leave that rule out or promise more than {least:.2%}."
                )

    @property
    def highest_burn_rate(self) -> float:
        """The burn rate when every call is bad."""
        return 1.0 / (1.0 - self.target)

    def threshold(self, rule: BurnRule) -> float:
        """Return the burn rate at which the rule's long window spends its share of the budget."""
        return rule.budget_share * self.period_s / rule.long_s

    def burn_rate(self, tally: Tally) -> float | Unscored:
        """Return how many times too fast the budget burns: 1 spends it exactly by the end of the period."""
        if tally.total == 0:
            return Unscored("no calls")
        return tally.bad / tally.total * self.highest_burn_rate

    def budget_left(self, tally: Tally) -> float | Unscored:
        """Return the share of the period's budget that is left, given its tally; below 0 the promise is broken."""
        rate = self.burn_rate(tally)
        return rate if isinstance(rate, Unscored) else 1.0 - rate


def reachable_rules(target: float, *, period_s: int = 30 * DAY_S) -> tuple[BurnRule, ...]:
    """Return those of the standard rules that can fire at this objective."""
    highest = 1.0 / (1.0 - target)
    return tuple(rule for rule in RULES if rule.budget_share * period_s / rule.long_s < highest)


def fired(objective: Objective, tallies: Mapping[int, Tally]) -> list[BurnRule]:
    """Return the rules that fire, given the tally of each window by its length in seconds.

    Both windows of a rule must burn at its threshold; a window without calls or without a tally keeps it from firing.
    """
    return [
        rule
        for rule in objective.rules
        if all(_burns(objective, rule, tally=tallies.get(s)) for s in (rule.long_s, rule.short_s))
    ]


def _burns(objective: Objective, rule: BurnRule, *, tally: Tally | None) -> bool:
    rate = Unscored("no tally") if tally is None else objective.burn_rate(tally)
    # Rates are quotients of counts: exactly at the threshold must not hang on the last bit.
    return not isinstance(rate, Unscored) and rate >= objective.threshold(rule) * (1 - 1e-12)
