"""Quotas: how much a key may send in a second, and the buckets that hold it to that. Must not know keys or how they are sent."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from spanhouse_collector.errors import InvalidRequest, QuotaExceeded
from spanhouse_collector.ingest.figures import Figures

DEFAULT_BURST_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a key may send on average; 0 sets no bound. Raises InvalidRequest for numbers below 0."""

    requests_per_s: int = 0
    #: Spans, log records and data points together.
    items_per_s: int = 0
    #: After decompression.
    bytes_per_s: int = 0
    #: How many seconds' worth may come at once after a pause; at least 1.
    burst_s: int = DEFAULT_BURST_S

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = 1 if name == "burst_s" else 0
            if value < least:
                raise InvalidRequest(f"{name} is {value}; give at least {least}")


@dataclass(slots=True)
class _Bucket:
    """Holds up to a burst and fills at the quota's rate. It may go below zero, so that one large request passes in the end."""

    level: float
    filled_at_s: float


class Meters:
    """Buckets by key and what they measure, in this process. `clock_s` is monotonic. Safe from several threads."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self.figures = Figures()

    def charge(self, key: str, quota: Quota, **amounts: int) -> None:
        """Takes `requests`, `items` or `bytes` from the key's buckets, all or nothing; raises QuotaExceeded if one is empty."""
        rates = {name: getattr(quota, f"{name}_per_s") for name in amounts}
        with self._lock:
            buckets = {name: self._filled(key, name, rate=rate, burst_s=quota.burst_s) for name, rate in rates.items() if rate}
            for name, bucket in buckets.items():
                if bucket.level <= 0:
                    self._refuse(name, rates[name], wait_s=-bucket.level / rates[name])
            for name, bucket in buckets.items():
                bucket.level -= amounts[name]

    def _filled(self, key: str, name: str, *, rate: int, burst_s: int) -> _Bucket:
        now_s = self._clock_s()
        bucket = self._buckets.setdefault((key, name), _Bucket(rate * burst_s, now_s))
        bucket.level = min(rate * burst_s, bucket.level + (now_s - bucket.filled_at_s) * rate)
        bucket.filled_at_s = now_s
        return bucket

    def _refuse(self, name: str, rate: int, *, wait_s: float) -> None:
        self.figures.add("requests_over_quota", quota=name)
        retry_after_s = max(1, math.ceil(wait_s))
        what = name.removesuffix("s") if rate == 1 else name
        raise QuotaExceeded(
            f"the key may send {rate} {what} a second, and has; send again in {retry_after_s} s", retry_after_s=retry_after_s
        )
