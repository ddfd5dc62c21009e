"""The way in: a checked request becomes a frame in its signal's journal, and is acknowledged once it is on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.journal import Journal
from spanhouse_collector.ingest.wire import Signal


class Checked(Protocol):
    """A request as the transports hand it over."""

    @property
    def body(self) -> bytes: ...
    @property
    def items(self) -> int: ...
    @property
    def rejected(self) -> Mapping[str, int]: ...


class JournalIntake:
    """Keeps requests in journals, one for each signal."""

    def __init__(self, journals: dict[Signal, Journal], figures: Figures) -> None:
        self._journals = journals
        self._figures = figures

    async def keep(self, signal: Signal, checked: Checked, *, project: str) -> None:
        """Returns once what there is in the request is on disk; raises Overloaded if the journal is full or cannot be written."""
        if checked.items:
            frame = frames.pieces(checked.body, project=project, received_ms=time.time_ns() // 1_000_000)
            await asyncio.wrap_future(self._journals[signal].append(frame, items=checked.items))
            self._figures.add("items_accepted", checked.items, signal=signal)
            self._figures.add("requests_accepted", signal=signal)
            self._figures.add("bytes_accepted", len(checked.body), signal=signal)
        for reason, items in checked.rejected.items():
            self._figures.add("items_rejected", items, signal=signal, reason=reason)
