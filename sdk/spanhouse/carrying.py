"""``carry``: takes the open span and the ``context(...)`` along into a thread or an executor.

Python copies context variables into tasks and ``asyncio.to_thread``; into threads, executors and callbacks it does not.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from opentelemetry import context as otel_context

from spanhouse import faults

P = ParamSpec("P")
R = TypeVar("R")


def carry(function: Callable[P, R], /) -> Callable[P, R]:
    """The same function, which wherever it runs has its spans below the span that is open here, now.

    ``pool.submit(carry(work), item)``, ``pool.map(carry(work), items)``, ``Thread(target=carry(work))``,
    ``loop.run_in_executor(None, carry(work))``. It may be called many times and by several threads at once. A process pool
    cannot take it along.
    """
    here = otel_context.get_current()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = otel_context.attach(here)
        try:
            return function(*args, **kwargs)
        finally:
            otel_context.detach(token)

    try:
        functools.update_wrapper(run, function)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: its name is the host's
        faults.record("carry", error)
    return run
