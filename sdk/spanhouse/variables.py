"""The environment: what OpenTelemetry's variables and ours say, and which of them are wrong.

The only file of the SDK that touches the environment. It imports nothing of OpenTelemetry, which reads its limits when it is
imported and raises where one is no number. By its specification a wrong variable is as if it were
not set, and people are told; so it is here.
"""

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

_BATCHES: Final = frozenset(
    f"OTEL_{signal}_{what}"
    for signal in ("BSP", "BLRP")
    for what in ("MAX_QUEUE_SIZE", "MAX_EXPORT_BATCH_SIZE", "SCHEDULE_DELAY", "EXPORT_TIMEOUT")
)
_LIMITS: Final = frozenset(
    f"OTEL_{of}_LIMIT"
    for of in (
        "ATTRIBUTE_COUNT",
        "ATTRIBUTE_VALUE_LENGTH",
        "SPAN_ATTRIBUTE_COUNT",
        "SPAN_ATTRIBUTE_VALUE_LENGTH",
        "SPAN_EVENT_COUNT",
        "SPAN_LINK_COUNT",
        "EVENT_ATTRIBUTE_COUNT",
        "LINK_ATTRIBUTE_COUNT",
        "LOGRECORD_ATTRIBUTE_COUNT",
        "LOGRECORD_ATTRIBUTE_VALUE_LENGTH",
    )
)
_RESOURCE: Final = "OTEL_RESOURCE_ATTRIBUTES"
_EXPORTER: Final = "OTEL_EXPORTER_OTLP"
_OF_SIGNALS: Final = ("", "_TRACES", "_LOGS")
_PROTOCOL: Final = "http/protobuf"
# What OpenTelemetry's exporters take: W3C Baggage's pairs, with spaces in the value. Of other parts nothing is sent.
_HEADER: Final = re.compile(r"[!#-'*+.0-9A-Z^-z|~-]+[ \t]*=[ \t]*[ !#-:<-\[\]-~]*")
_COMPRESSIONS: Final = frozenset({"none", "gzip", "deflate"})


def value(name: str) -> str:
    """What it says, without what a file or a shell left around it; "" when it is not set."""
    return os.environ.get(name, "").strip()


def whole_number(name: str, usual: int) -> int:
    """Of one of the batch processors' variables; ``usual`` where it is not set, or is no whole number of at least 1."""
    return usual if _is_unset(name) or _wrong_batch(name) else int(value(name))


def timeout_s(signal: str, usual_s: float) -> float | None:
    """``usual_s`` where the exporter's timeout for this signal cannot be used; None where the exporter may read it itself."""
    name = next(filter(value, (f"{_EXPORTER}_{signal.upper()}_TIMEOUT", f"{_EXPORTER}_TIMEOUT")), "")
    return usual_s if name and _wrong_timeout(name) else None


def compresses(signal: str) -> bool:
    """False where the exporter's variable for this signal cannot be used; else the exporter may read it itself."""
    name = next(filter(value, (f"{_EXPORTER}_{signal.upper()}_COMPRESSION", f"{_EXPORTER}_COMPRESSION")), "")
    return not (name and _wrong_compression(name))


def ignored() -> tuple[str, ...]:
    """Which variables are not heard, as sentences for people. What headers hold is not shown: it may be a key."""
    checks: dict[str, Callable[[str], str]] = dict.fromkeys(sorted(_BATCHES), _wrong_batch)
    checks |= dict.fromkeys(sorted(_LIMITS), _wrong_limit)
    checks[_RESOURCE] = _wrong_pairs
    for signal in _OF_SIGNALS:
        checks[f"{_EXPORTER}{signal}_TIMEOUT"] = _wrong_timeout
        checks[f"{_EXPORTER}{signal}_COMPRESSION"] = _wrong_compression
        checks[f"{_EXPORTER}{signal}_PROTOCOL"] = _wrong_protocol
    found = ((name, check(name)) for name, check in checks.items() if not _is_unset(name))
    said = [f"{name} is {value(name)!r}, {wrong}" for name, wrong in found if wrong]
    odd = [name for signal in _OF_SIGNALS if _has_odd_part(name := f"{_EXPORTER}{signal}_HEADERS")]
    return (*said, *(f"a part of {name}, which is no name=value in URL-encoded characters" for name in odd))


@contextmanager
def wrong_ones_hidden() -> Iterator[None]:
    """Inside, OpenTelemetry does not see what it would raise over, or log each time that it reads it."""
    hidden = {name: os.environ.pop(name) for name in sorted(_LIMITS) if _wrong_limit(name)}
    whole = value(_RESOURCE)
    if whole and (pairs := ",".join(filter(_is_pair, whole.split(",")))) != whole:
        hidden[_RESOURCE], os.environ[_RESOURCE] = os.environ[_RESOURCE], pairs
    try:
        yield
    finally:
        os.environ.update(hidden)


def announce(told: Mapping[str, str]) -> dict[str, str | None]:
    """Sets variables for other libraries. Gives them as they were before, for ``withdraw``."""
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    return before


def withdraw(before: Mapping[str, str | None]) -> None:
    """Takes back what ``announce`` set."""
    for name, was in before.items():
        if was is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = was


def is_set(name: str) -> bool:
    """Whether it is there, be it empty."""
    return name in os.environ


def _is_unset(name: str) -> bool:
    return not value(name)


def _wrong_batch(name: str) -> str:
    number = _whole(value(name))
    return "" if number is not None and number >= 1 else "no whole number of at least 1; the default is used"


def _wrong_limit(name: str) -> str:
    number = _whole(value(name))
    return "" if _is_unset(name) or (number is not None and number >= 0) else "no whole number of at least 0; the default is used"


def _wrong_pairs(name: str) -> str:
    wrong = [part.strip() for part in value(name).split(",") if part.strip() and not _is_pair(part)]
    return f"of which {', '.join(map(repr, wrong))} is left out: write name=value" if wrong else ""


def _is_pair(part: str) -> bool:
    """Whether OpenTelemetry takes it for a resource's attribute."""
    return "=" in part


def _wrong_timeout(name: str) -> str:
    return "" if 0.0 < _number(value(name)) < math.inf else "no number above 0; the default is used"


def _wrong_compression(name: str) -> str:
    return "" if value(name).lower() in _COMPRESSIONS else "which is not known; nothing is compressed"


def _has_odd_part(name: str) -> bool:
    parts = (part.strip() for part in value(name).split(","))
    return any(_HEADER.fullmatch(part) is None for part in parts if part)


def _wrong_protocol(name: str) -> str:
    """Of gRPC, ``settings`` says more where it matters."""
    return "" if value(name) in {_PROTOCOL, "grpc"} else f"which is not spoken here; {_PROTOCOL} is sent"


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _number(text: str) -> float:
    """NaN, which is within no bounds, for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
