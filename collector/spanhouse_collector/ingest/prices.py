"""Prices of models by date, from the catalogue that ships with genai-prices; the one file that imports it.

Gives rows of model_prices. Must not know when they are needed nor how a cost is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice, PriceCalculation, StartDateConstraint, TieredPrices

# DateTime64(9) begins here; the oldest price holds for all that lies before the first change of price.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# model_prices keeps this many, and the engine would cut off where it should round.
_DIGITS = 9
_SOURCE = f"genai-prices {version('genai-prices')}"


def price_rows(provider: str, model: str) -> list[dict[str, Any]]:
    """Rows of model_prices for a model under the name that its spans carry; one without tiers if it has no price."""
    found = _lookup(provider, model, _BEGINNING)
    if found is None:
        return [_row(provider, model, _BEGINNING, [])]
    rows = []
    for start in _changes(found):
        priced = _lookup(provider, model, start)
        rows.append(_row(provider, model, start, _tiers(priced.model_price) if priced else []))
    return rows


def _lookup(provider: str, model: str, when: datetime) -> PriceCalculation | None:
    try:
        return calc_price(Usage(input_tokens=1), model, provider_id=provider or None, genai_request_timestamp=when)
    except LookupError:
        return None


def _changes(found: PriceCalculation) -> list[datetime]:
    """When this model's price changed, oldest first, the beginning of time among them."""
    prices = found.model.prices
    constraints = [entry.constraint for entry in prices] if isinstance(prices, list) else []
    starts = {
        datetime.combine(constraint.start_date, datetime.min.time(), tzinfo=UTC)
        for constraint in constraints
        if isinstance(constraint, StartDateConstraint)
    }
    return sorted({_BEGINNING, *starts})


def _tiers(price: ModelPrice) -> list[tuple[int, Decimal, Decimal, Decimal, Decimal]]:
    """(start, input, cache read, cache write, output) in USD per million tokens; a part without a price costs what input does."""
    parts = (price.input_mtok, price.cache_read_mtok, price.cache_write_mtok, price.output_mtok)
    starts = sorted({-1, *(tier.start for part in parts if isinstance(part, TieredPrices) for tier in part.tiers)})
    return [_tier(start, parts) for start in starts]


def _tier(start: int, parts: Iterable[Decimal | TieredPrices | None]) -> tuple[int, Decimal, Decimal, Decimal, Decimal]:
    input_usd, cache_read_usd, cache_write_usd, output_usd = (_price_at(part, start) for part in parts)
    base = input_usd or Decimal(0)
    read = base if cache_read_usd is None else cache_read_usd
    write = base if cache_write_usd is None else cache_write_usd
    output = output_usd or Decimal(0)
    return start, round(base, _DIGITS), round(read, _DIGITS), round(write, _DIGITS), round(output, _DIGITS)


def _price_at(part: Decimal | TieredPrices | None, start: int) -> Decimal | None:
    if not isinstance(part, TieredPrices):
        return part
    passed = [tier.price for tier in part.tiers if tier.start <= start]
    return passed[-1] if passed else part.base


def _row(
    provider: str, model: str, start: datetime, tiers: list[tuple[int, Decimal, Decimal, Decimal, Decimal]]
) -> dict[str, Any]:
    return {"provider": provider, "model": model, "valid_from": start, "tiers": tiers, "source": _SOURCE}
