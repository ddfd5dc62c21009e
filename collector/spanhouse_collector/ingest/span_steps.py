"""The steps that store a batch of spans which lies decoded in a staging table: prices, the rows, where in time traces lie.

Must not know where the rows come from.
"""

from __future__ import annotations

from spanhouse_collector.ingest.price_book import OverridesOf, PriceBook
from spanhouse_collector.ingest.staged import Staged
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"


class SpanSteps:
    """Stores staged spans. For one thread at a time."""

    def __init__(self, store: Store, overrides_of: OverridesOf) -> None:
        self._store = store
        self._prices = PriceBook(store, overrides_of)

    def run(self, staging: str, staged: Staged) -> None:
        """Stores what lies in the table, which is `staged`."""
        self._prices.add(staged.models)
        for step in ("store_spans", "store_trace_times"):
            self._store.execute(load(_SQL, step), {"staging": staging})
