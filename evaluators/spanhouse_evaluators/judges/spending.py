"""What judges spend, day by day, and the cap that stops them.

The most that a call can cost is booked before it and corrected after it, so that neither calls in flight nor a killed process
go unseen.
Must not know what is bought.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import State
from spanhouse_evaluators.runs import NANO
from spanhouse_evaluators.tables import spending

NO_CAP_NANO_USD = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls took."""

    usd: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    asked_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a model took on the average: tokens for a byte it was asked, and tokens of one answer."""

    tokens_per_byte: float
    tokens_per_answer: float


class Budget:
    """The spending of one evaluator; without a cap it is only recorded. Safe from several threads and processes."""

    def __init__(self, state: State, evaluator: str, *, cap_usd_per_day: float | None = None) -> None:
        self._state = state
        self._evaluator = evaluator
        self.cap_usd_per_day = cap_usd_per_day
        self._open_day = ""
        self._lock = threading.Lock()
        self._in_flight = 0
        #: How many calls were settled here.
        self.settled = 0

    @property
    def has_calls_in_flight(self) -> bool:
        """Whether a call was booked here and is not settled: it may have taken less than it was booked at."""
        return self._in_flight > 0

    def is_spent(self) -> bool:
        """Whether today's cap is reached, so that no call will be booked."""
        return self.cap_usd_per_day is not None and self.spent().usd >= self.cap_usd_per_day

    def book(self, estimate_usd: float) -> str | None:
        """Book a call at the most it can cost; return the day it went to (UTC), or `None` if that day's cap is reached.

        The one call that crosses the cap is still booked; none after it. As no call takes more than it was booked at, a day
        passes its cap by one call at most, however many are in flight.
        """
        day, row = _today(), spending.c
        self._open(day)
        cap_nano_usd = NO_CAP_NANO_USD if self.cap_usd_per_day is None else round(self.cap_usd_per_day * NANO)
        book = update(spending).where(row.evaluator == self._evaluator, row.day == day, row.nano_usd < cap_nano_usd)
        with self._state.transaction() as transaction:
            booked = transaction.execute(book.values(nano_usd=row.nano_usd + round(estimate_usd * NANO), calls=row.calls + 1))
            is_booked = bool(booked.rowcount)
        with self._lock:
            self._in_flight += is_booked
        return day if is_booked else None

    def settle(self, day: str, *, estimate_usd: float, spent: Spent) -> None:
        """Put what a booked call really took in the place of its estimate."""
        row = spending.c
        settled = {
            "nano_usd": row.nano_usd + round(spent.usd * NANO) - round(estimate_usd * NANO),
            "input_tokens": row.input_tokens + spent.input_tokens,
            "output_tokens": row.output_tokens + spent.output_tokens,
        }
        with self._state.transaction() as transaction:
            transaction.execute(update(spending).where(row.evaluator == self._evaluator, row.day == day).values(**settled))
        with self._lock:
            self._in_flight -= 1
            self.settled += 1

    def spent(self, day: str | None = None) -> Spent:
        """Return what was spent on a day (UTC, as 2026-11-23), by default today, estimates of calls in flight included."""
        row = spending.c
        asked = select(spending).where(row.evaluator == self._evaluator, row.day == (day or _today()))
        with self._state.transaction() as transaction:
            found = transaction.execute(asked).first()
        return Spent() if found is None else _spent(found)

    def _open(self, day: str) -> None:
        """Make sure that the day has its row."""
        if day == self._open_day:
            return
        key = {"evaluator": self._evaluator, "day": day}
        row = spending.c
        asked = select(row.day).where(row.evaluator == self._evaluator, row.day == day)
        try:
            with self._state.transaction() as transaction:
                if transaction.execute(asked).first() is None:
                    transaction.execute(insert(spending).values(**key))
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):  # else another process opened it just now
                raise
        self._open_day = day


def spent_today(state: State) -> dict[str, Spent]:
    """Return what each evaluator spent today (UTC), estimates of calls in flight included."""
    with state.transaction() as transaction:
        rows = transaction.execute(select(spending).where(spending.c.day == _today()).order_by(spending.c.evaluator))
        return {row.evaluator: _spent(row) for row in rows}


def _spent(row: Row[tuple[object, ...]]) -> Spent:
    tokens = {"input_tokens": row.input_tokens, "output_tokens": row.output_tokens}
    return Spent(usd=row.nano_usd / NANO, calls=row.calls, **tokens)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
