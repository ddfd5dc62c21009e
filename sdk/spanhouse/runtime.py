"""What is switched on right now: the tracer, the logger and the choices that spans and scores obey.

One process has at most one runtime. ``startup`` and ``testing`` install it; spans and scores read it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry.trace import Tracer

if TYPE_CHECKING:
    from opentelemetry._logs import Logger

Mask = Callable[[str, str], str]  # attribute key and text in, the text to send out
Clock = Callable[[], int]  # nanoseconds since the epoch, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The parts that every span and score needs."""

    tracer: Tracer
    logger: "Logger"
    clock: Clock
    capture_content: bool
    content_limit_chars: int


_installed: Runtime | None = None


def current() -> Runtime | None:
    """The installed runtime, or None: then spans and scores do nothing."""
    return _installed


def install(runtime: Runtime | None) -> None:
    """Replaces the runtime. Spans already started keep the one they began with."""
    global _installed  # noqa: PLW0603 - one process, one runtime: this is the one place that holds it
    _installed = runtime
