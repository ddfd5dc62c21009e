"""Prices of models from the catalogue that ships with genai-prices; the one file that imports it.

Gives entries of the table prices. Must not know when they are needed nor how a cost is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from importlib.metadata import version
from itertools import pairwise

from genai_prices import Usage, calc_price
from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices, TimeOfDateConstraint

from spanhouse_collector.ingest.kinds import KIND_NAMES, KINDS, KindName

#: The catalogue and its version, as it stands beside every cost that comes from it.
CATALOGUE = f"genai-prices {version('genai-prices')}"
#: What a row of the table was looked up with: the catalogue and, by the number, what is read of it. Another one looks up again.
LOOKED_UP = f"{CATALOGUE} (3)"
# DateTime64(9) begins and ends here, with a year's distance.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2261, 1, 1, tzinfo=UTC)
DAY_S = 86_400
#: What the catalogue chooses a variant of a price by. Spans say all of these in one attribute, the service tier.
TIER_KEYS: tuple[str, ...] = ("service_tier", "processing", "speed")
# The table keeps this many, and the engine would cut off where it should round.
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A price as the table has it: USD per million tokens, and per request; `kinds_usd` per million of those priced apart.

    In force from `valid_from` until before `valid_until`, from second `from_s` until before `until_s` of each day (UTC), for
    requests of more than `above_tokens` input tokens, and for calls of one service tier or with '' of any. `source` says whose
    price it is.
    """

    valid_from: datetime = BEGINNING
    valid_until: datetime = END
    from_s: int = 0
    until_s: int = DAY_S
    above_tokens: int = -1
    service_tier: str = ""
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
        return (*when, *(round(price, _DIGITS) for price in prices), self.source, self._surcharges(), self.service_tier)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """From an instant until before another, and from a second of each day (UTC) until before another."""

    valid_from: datetime
    valid_until: datetime
    from_s: int
    until_s: int


def load_catalogue() -> None:
    """Reads the catalogue, which takes 0.3 s of CPU once; otherwise the first span waits for it. For any thread."""
    _lookup("", "")


def catalogue_entries(provider: str, model: str) -> list[Entry]:
    """Prices of a model under the name that its spans carry; the last one in force applies. Empty if none is known."""
    found = _lookup(provider, model)
    if found is None:
        return []
    # Those of a tier come after those of any.
    return [entry for tier in ("", *_tiers(found)) for period in _periods(found) for entry in _entries(found, tier, period)]


def _lookup(provider: str, model: str) -> ModelInfo | None:
    try:
        return calc_price(Usage(input_tokens=1), model, provider_id=provider or None, genai_request_timestamp=BEGINNING).model
    except LookupError:
        return None


def _tiers(model: ModelInfo) -> list[str]:
    variants = model.price_variants or ()
    return sorted({tier for variant in variants for key, tier in variant.when.items() if key in TIER_KEYS})


def _periods(model: ModelInfo) -> list[_Period]:
    """The stretches of time in which none of a model's prices changes."""
    prices = model.prices if isinstance(model.prices, list) else []
    conditions = [one.constraint for one in (*prices, *(model.price_variants or ()))]
    starts = {datetime.combine(one.start_date, time(), tzinfo=UTC) for one in conditions if isinstance(one, StartDateConstraint)}
    hours = [(one.start_time, one.end_time) for one in conditions if isinstance(one, TimeOfDateConstraint)]
    seconds = {_second_of_day(value) for pair in hours for value in pair}
    return [
        _Period(valid_from=first, valid_until=until, from_s=from_s, until_s=until_s)
        for first, until in pairwise(sorted({BEGINNING, *starts, END}))
        for from_s, until_s in pairwise(sorted({0, *seconds, DAY_S}))
    ]


def _entries(model: ModelInfo, tier: str, period: _Period) -> Iterator[Entry]:
    """What calls of a tier cost in a period, by the size of the request."""
    context = dict.fromkeys(TIER_KEYS, tier) if tier else None
    price = model.get_prices(period.valid_from + timedelta(seconds=period.from_s), context)
    parts = (price.input_mtok, price.cache_read_mtok, price.cache_write_mtok, price.output_mtok)
    kinds: dict[KindName, Decimal | TieredPrices] = {
        name: given for name in KIND_NAMES if (given := _given(price, name)) is not None
    }
    tiered = [given for given in (*parts, *kinds.values()) if isinstance(given, TieredPrices)]
    for start in sorted({-1, *(step.start for given in tiered for step in given.tiers)}):
        base, read, write, output = (_price_at(part, start) for part in parts)
        yield Entry(
            valid_from=period.valid_from,
            valid_until=period.valid_until,
            from_s=period.from_s,
            until_s=period.until_s,
            above_tokens=start,
            service_tier=tier,
            input_usd=base or Decimal(0),
            # A part without a price of its own costs what input does.
            cache_read_usd=(base or Decimal(0)) if read is None else read,
            cache_write_usd=(base or Decimal(0)) if write is None else write,
            output_usd=output or Decimal(0),
            request_usd=_per_request(price, start),
            kinds_usd={name: _kind_usd(name, given, start) for name, given in kinds.items()},
            source=CATALOGUE,
        )


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
