"""The SDK's boundary to its host: what goes wrong inside is counted and logged, and never reaches the application.

Every public entry passes through ``contained`` or calls ``record``. Knows nothing of what the entries do.
"""

import contextlib
import functools
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

_log = logging.getLogger("spanhouse")
_LOG_EVERY_S: Final = 60.0

P = ParamSpec("P")
R = TypeVar("R")

_counts: Counter[str] = Counter()
_next_log_s: dict[str, float] = {}


def record(where: str, error: BaseException) -> None:
    """Counts an inner failure and logs it, at most once a minute for each place."""
    _counts[where] += 1
    now_s = time.monotonic()
    if now_s >= _next_log_s.get(where, 0.0):
        _next_log_s[where] = now_s + _LOG_EVERY_S
        with contextlib.suppress(Exception):  # the application's own filters run inside
            _log.warning(
                "spanhouse.fault where=%s count=%d error=%s", where, _counts[where], type(error).__name__, exc_info=error
            )


def counts() -> dict[str, int]:
    """How often each entry failed inside, since the process began."""
    return dict(_counts)


def contained(default: R) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes an entry return ``default`` where it would have raised."""

    def decorate(entry: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(entry)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return entry(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: a host application must not fail because of us
                record(entry.__qualname__, error)
                return default

        return run

    return decorate
