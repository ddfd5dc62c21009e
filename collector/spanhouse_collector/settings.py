"""Settings of the collector's parts: plain values with units, read and checked elsewhere (spanhouse_server.settings)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """Limits on one request, before anything is stored."""

    #: Largest body, also after decompression; more is answered 413. OTLP 1.11 recommends 64 MiB.
    max_body_bytes: int = 64 * MIB
    #: Bodies being read and parsed at one time; more is answered 503.
    max_in_flight_bytes: int = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """The journal: what was acknowledged and is not yet in the store."""

    #: Folder of the segments; one journal owns it.
    directory: Path
    #: Bytes that wait for the store before ingest answers 503.
    max_backlog_bytes: int = 2048 * MIB
    #: Seconds that the oldest request may wait for the store before ingest answers 503: a promise that is a day old and not yet
    #: kept is no ground for another one.
    max_backlog_age_s: float = 24 * 3600.0
    #: Bytes of one segment, which is one insert. 40 MiB are about 14,000 spans of 3 kB. In 48 MiB a span takes a tenth less CPU
    #: than in 32 MiB, since planning takes as long whatever a batch's size, and under full load 120 MB more memory is held.
    segment_bytes: int = 40 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class InserterSettings:
    """How the journal is emptied into the store."""

    #: Names this collector's staging tables; no two collectors on one database may share it.
    instance: str = "local"
    #: Least pause between small inserts that keep coming, in seconds: each costs the CPU of thousands of spans in a large one.
    linger_s: float = 0.25
    #: Wait before the store is tried again, in seconds; doubles up to `max_retry_s`.
    retry_s: float = 0.2
    max_retry_s: float = 10.0
    #: Share of one CPU that recomputing the minute rollup may take, 0 to 1.
    rollup_share: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Limits of the ClickHouse HTTP interface; a client may ask for less."""

    #: Longest time of one statement, in seconds.
    max_execution_s: int = 60
    #: Most memory of one statement while it runs.
    max_memory_bytes: int = 2048 * MIB
    #: Largest result before compression; it is held in memory.
    max_result_bytes: int = 128 * MIB
    #: Largest statement with its parameters, also after decompression.
    max_request_bytes: int = 16 * MIB
    #: Statements that run at one time; a dashboard's panels ask all at once, so more of them wait.
    max_running: int = 4
    max_waiting: int = 100
    #: Longest wait for a place, in seconds; after it, and with more waiting, the answer is 503.
    max_wait_s: float = 30.0
