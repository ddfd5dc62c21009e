"""Prices of models from the catalogue that ships with genai-prices; the one file that imports it.

Gives entries of the table prices. Must not know when they are needed nor how a cost is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib.metadata import version

from genai_prices import Usage, calc_price
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

from spanhouse_collector.ingest.kinds import KIND_NAMES, KINDS, KindName

#: The catalogue and its version, as it stands beside every cost that comes from it.
CATALOGUE = f"genai-prices {version('genai-prices')}"
#: What a row of the table was looked up with: the catalogue and, by the number, what is read of it. Another one looks up again.
LOOKED_UP = f"{CATALOGUE} (2)"
# DateTime64(9) begins and ends here, with a year's distance.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2261, 1, 1, tzinfo=UTC)
DAY_S = 86_400
# The table keeps this many, and the engine would cut off where it should round.
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A price as the table has it: USD per million tokens, and per request; `kinds_usd` per million of those priced apart.

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
    kinds_usd: Mapping[KindName, Decimal] = field(default_factory=dict)
    source: str

    def row(self) -> tuple[object, ...]:
        """Its fields in the table's order, prices rounded to the digits that the table keeps."""
        prices = (self.input_usd, self.cache_read_usd, self.cache_write_usd, self.output_usd, self.request_usd)
        when = (self.valid_from, self.valid_until, self.from_s, self.until_s, self.above_tokens)
        return (*when, *(round(price, _DIGITS) for price in prices), self.source, self._surcharges())

    def _surcharges(self) -> list[tuple[object, ...]]:
        """For each kind that is priced apart, what a million costs beyond the price of the part that its tokens lie in."""
        charged = {
            "input": self.input_usd,
            "cache_read": self.cache_read_usd,
            "cache_write": self.cache_write_usd,
            "output": self.output_usd,
            "reasoning": self.output_usd,
            "request": Decimal(0),
        }
        found: list[tuple[object, ...]] = []
        for name, usd in self.kinds_usd.items():
            kind = KINDS[name]
            without = KINDS[kind.cached].attribute if kind.cached and kind.cached in self.kinds_usd else ""
            if beyond := round(usd - charged[kind.part], _DIGITS):
                found.append((kind.part, kind.attribute, without, beyond))
        return found


def load_catalogue() -> None:
    """Reads the catalogue, which takes 0.3 s of CPU once; otherwise the first span waits for it. For any thread."""
    _lookup("", "")


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
    kinds: dict[KindName, Decimal | TieredPrices] = {
        name: given for name in KIND_NAMES if (given := _given(price, name)) is not None
    }
    tiered = [given for given in (*parts, *kinds.values()) if isinstance(given, TieredPrices)]
    starts = sorted({-1, *(tier.start for given in tiered for tier in given.tiers)})
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
                kinds_usd={name: _kind_usd(name, given, start) for name, given in kinds.items()},
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


def _given(price: ModelPrice, kind: KindName) -> Decimal | TieredPrices | None:
    # The catalogue's keys say the unit: dollars for a million tokens, or for a thousand searches.
    given: Decimal | TieredPrices | None = getattr(price, "web_searches_kcount" if kind == "web_searches" else f"{kind}_mtok")
    return given


def _kind_usd(kind: KindName, given: Decimal | TieredPrices, start: int) -> Decimal:
    usd = _price_at(given, start) or Decimal(0)
    return usd * 1000 if kind == "web_searches" else usd


def _per_request(price: ModelPrice, start: int) -> Decimal:
    return (_price_at(price.requests_kcount, start) or Decimal(0)) / 1000


def _price_at(part: Decimal | TieredPrices | None, start: int) -> Decimal | None:
    if not isinstance(part, TieredPrices):
        return part
    passed = [tier.price for tier in part.tiers if tier.start <= start]
    return passed[-1] if passed else part.base
