"""Prices of models from the catalogue that ships with genai-prices; the one file that imports it.

Gives entries of the table prices. Must not know when they are needed nor how a cost is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib.metadata import version

from genai_prices import Usage, calc_price
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

#: The catalogue and its version, as it stands beside every cost that comes from it.
CATALOGUE = f"genai-prices {version('genai-prices')}"
# DateTime64(9) begins and ends here, with a year's distance.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2261, 1, 1, tzinfo=UTC)
DAY_S = 86_400
# The table keeps this many, and the engine would cut off where it should round.
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A price as the table has it: USD per million tokens, and per request.

    In force from `valid_from` until before `valid_until`, from second `from_s` until before `until_s` of each day (UTC), and
    for requests of more than `above_tokens` input tokens. `source` says whose price it is.
    """

    valid_from: datetime = BEGINNING
    valid_until: datetime = END
    from_s: int = 0
    until_s: int = DAY_S
    above_tokens: int = -1
    input_usd: Decimal
    cache_read_usd: Decimal
    cache_write_usd: Decimal
    output_usd: Decimal
    request_usd: Decimal = Decimal(0)
    source: str

    def row(self) -> tuple[object, ...]:
        """Its fields in the table's order, prices rounded to the digits that the table keeps."""
        prices = (self.input_usd, self.cache_read_usd, self.cache_write_usd, self.output_usd, self.request_usd)
        when = (self.valid_from, self.valid_until, self.from_s, self.until_s, self.above_tokens)
        return (*when, *(round(price, _DIGITS) for price in prices), self.source)


def catalogue_entries(provider: str, model: str) -> list[Entry]:
    """Prices of a model under the name that its spans carry; the last one in force applies. Empty if none is known."""
    found = _lookup(provider, model)
    if found is None:
        return []
    prices = found.prices if isinstance(found.prices, list) else [ConditionalPrice(prices=found.prices)]
    # The catalogue's first price also holds where none of the conditions does.
    conditions = [None, *(price.constraint for price in prices[1:])]
    return [entry for one, condition in zip(prices, conditions, strict=True) for entry in _entries(one.prices, condition)]


def _lookup(provider: str, model: str) -> ModelInfo | None:
    try:
        return calc_price(Usage(input_tokens=1), model, provider_id=provider or None, genai_request_timestamp=BEGINNING).model
    except LookupError:
        return None


def _entries(price: ModelPrice, condition: StartDateConstraint | TimeOfDateConstraint | None) -> Iterator[Entry]:
    parts = (price.input_mtok, price.cache_read_mtok, price.cache_write_mtok, price.output_mtok)
    starts = sorted({-1, *(tier.start for part in parts if isinstance(part, TieredPrices) for tier in part.tiers)})
    valid_from = BEGINNING
    if isinstance(condition, StartDateConstraint):
        valid_from = datetime.combine(condition.start_date, time(), tzinfo=UTC)
    for from_s, until_s in _hours(condition):
        for start in starts:
            base, read, write, output = (_price_at(part, start) for part in parts)
            yield Entry(
                valid_from=valid_from,
                from_s=from_s,
                until_s=until_s,
                above_tokens=start,
                input_usd=base or Decimal(0),
                # A part without a price of its own costs what input does.
                cache_read_usd=(base or Decimal(0)) if read is None else read,
                cache_write_usd=(base or Decimal(0)) if write is None else write,
                output_usd=output or Decimal(0),
                request_usd=_per_request(price, start),
                source=CATALOGUE,
            )


def _hours(condition: StartDateConstraint | TimeOfDateConstraint | None) -> list[tuple[int, int]]:
    """The seconds of a day in which a price holds; in two parts if they pass midnight."""
    if not isinstance(condition, TimeOfDateConstraint):
        return [(0, DAY_S)]
    start, end = _second_of_day(condition.start_time), _second_of_day(condition.end_time)
    return [(start, end)] if start <= end else [(start, DAY_S), (0, end)]


def _second_of_day(value: time) -> int:
    """Seconds since midnight UTC; a time without a zone is UTC."""
    offset = value.utcoffset()
    seconds = value.hour * 3600 + value.minute * 60 + value.second - (int(offset.total_seconds()) if offset else 0)
    return seconds % DAY_S


def _per_request(price: ModelPrice, start: int) -> Decimal:
    return (_price_at(price.requests_kcount, start) or Decimal(0)) / 1000


def _price_at(part: Decimal | TieredPrices | None, start: int) -> Decimal | None:
    if not isinstance(part, TieredPrices):
        return part
    passed = [tier.price for tier in part.tiers if tier.start <= start]
    return passed[-1] if passed else part.base
