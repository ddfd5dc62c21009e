"""A project's own prices, which stand in front of the catalogue: what one says, where they are kept, and which model each is for.

Must not know how a cost is computed from them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import delete, insert, select

from spanhouse_collector.ingest.kinds import KINDS, KindName
from spanhouse_collector.ingest.prices import BEGINNING, END, Entry
from spanhouse_collector.ingest.tables import price_overrides
from spanhouse_collector.storage import State

# A million dollars for a million tokens: beyond, somebody has mistaken the unit, and the table has no digits for it.
Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Override(BaseModel):
    """One price: USD per million tokens, and USD per request.

    `model` is the whole name as spans carry it, or with `is_pattern` a regular expression that is searched in it.
    `provider` empty: any; `service_tier` empty: any, else as spans say it (`openai.response.service_tier`). In force from
    `valid_from` until before `valid_until`. What is read from a cache or written to it
    costs what input does unless it says something else. `kinds_usd` prices kinds of tokens apart, by the names of genai-prices
    (`input_audio`, `cache_write_1h`, ...), and a million `web_searches`; kinds that it does not name are priced as text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1, max_length=200)
    is_pattern: bool = False
    provider: str = Field(default="", max_length=100)
    service_tier: str = Field(default="", max_length=100)
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    input_usd: Usd
    output_usd: Usd
    cache_read_usd: Usd | None = None
    cache_write_usd: Usd | None = None
    request_usd: Usd = Decimal(0)
    kinds_usd: dict[KindName, Usd] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_sound(self) -> Override:
        if self.is_pattern:
            try:
                re.compile(self.model)
            except re.error as error:
                raise ValueError(f"model is {self.model!r}, which is no regular expression: {error}") from None
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError(f"valid_until is {self.valid_until}, not after valid_from")
        return self

    def applies_to(self, provider: str, model: str) -> bool:
        """Whether it is for this model, under the names that spans carry."""
        if self.provider and self.provider != provider:
            return False
        return bool(re.search(self.model, model)) if self.is_pattern else self.model == model

    def entry(self) -> Entry:
        """As the table of prices has it; the source tells one override from another by what it says."""
        # Prices from before there were kinds and tiers keep the name that stands beside stored costs.
        said = self.model_dump_json(exclude={name for name in ("kinds_usd", "service_tier") if not getattr(self, name)})
        digest = hashlib.sha256(said.encode()).hexdigest()
        return Entry(
            valid_from=_within(self.valid_from or BEGINNING),
            valid_until=_within(self.valid_until or END),
            service_tier=self.service_tier.lower(),
            input_usd=self.input_usd,
            cache_read_usd=self.input_usd if self.cache_read_usd is None else self.cache_read_usd,
            cache_write_usd=self.input_usd if self.cache_write_usd is None else self.cache_write_usd,
            output_usd=self.output_usd,
            request_usd=self.request_usd,
            kinds_usd=self._kinds_usd(),
            source=f"project price {digest[:12]}",
        )

    def _kinds_usd(self) -> dict[KindName, Decimal]:
        """The kinds' prices, and for those read from a cache the cache's price where only that is said."""
        found: dict[KindName, Decimal] = {}
        for name in self.kinds_usd:
            cached = KINDS[name].cached
            if cached and self.cache_read_usd is not None:
                found[cached] = self.cache_read_usd
        return found | self.kinds_usd


class Overrides:
    """The overrides of all projects, in the state database."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, project: str) -> list[Override]:
        """The overrides of a project in order; the last one that applies wins."""
        wanted = select(price_overrides.c.override).where(price_overrides.c.project == project)
        with self._state.transaction() as connection:
            texts = connection.execute(wanted.order_by(price_overrides.c.position)).scalars().all()
        return [Override.model_validate_json(text) for text in texts]

    def replace(self, project: str, overrides: Sequence[Override]) -> None:
        """Puts these in place of all that the project has."""
        rows = [
            {"project": project, "position": number, "override": override.model_dump_json()}
            for number, override in enumerate(overrides)
        ]
        with self._state.transaction() as connection:
            connection.execute(delete(price_overrides).where(price_overrides.c.project == project))
            if rows:
                connection.execute(insert(price_overrides), rows)


def override_entries(overrides: Sequence[Override], *, provider: str, model: str) -> Iterator[Entry]:
    """The entries of those that are for a model."""
    return (override.entry() for override in overrides if override.applies_to(provider, model))


def _within(instant: datetime) -> datetime:
    """The nearest instant that the table can hold, in UTC."""
    return min(max(instant.astimezone(UTC), BEGINNING), END)
