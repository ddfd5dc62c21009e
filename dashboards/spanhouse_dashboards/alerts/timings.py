"""Mute timings: times of the week in which nobody is told. Must not know rules, contacts or stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTiming:
    """On these days, from `start_minute` up to `end_minute` (minutes after midnight, at most 1440) in this time zone."""

    name: str
    weekdays: tuple[str, ...] = WEEKDAYS
    start_minute: int = 0
    end_minute: int = 24 * 60
    timezone: str = "UTC"

    def holds(self, at: datetime) -> bool:
        """Whether nobody is to be told at this instant (aware)."""
        local = at.astimezone(ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        return WEEKDAYS[local.weekday()] in self.weekdays and self.start_minute <= minute < self.end_minute
