"""Reads what was asked for: arguments of ``init`` first, then OpenTelemetry's variables, then ours, then defaults.

The only file of the SDK that touches the environment. Knows nothing of tracing.
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from spanhouse import conventions
from spanhouse.delivery import Limits
from spanhouse.processing import CallableMasking, Masking
from spanhouse.runtime import Clock, Mask

Masks = Mask | Mapping[str, Any] | str | Path  # a function, rules, or the path of a file with rules
Instrument = Literal[False] | str | Sequence[str]  # "auto", names, or none

_DISABLED: Final = "OTEL_SDK_DISABLED"
_EXPORTER: Final = "OTEL_TRACES_EXPORTER"
DEFAULT_ENDPOINT: Final = "http://127.0.0.1:4318"
DEFAULT_CONTENT_LIMIT_CHARS: Final = 131_072  # a long prompt fits; the collector's request limit stays far away
DEFAULT_SPOOL_LIMIT_BYTES: Final = 256 * 1024 * 1024
DEFAULT_SPOOL_LIMIT_S: Final = 86_400.0
_SPOOLING_DELAY_S: Final = 0.25  # what waits for the disk is lost in a crash, so it waits less long than for the network


class InvalidSettingError(ValueError):
    """A setting that cannot be used; the message says which, its value, and what to write instead. Permanent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of ``spanhouse.init``, as they were given; see there."""

    endpoint: str | None = None
    api_key: str | None = None
    service_name: str | None = None
    environment: str | None = None
    release: str | None = None
    instrument: Instrument = "auto"
    capture_content: bool = True
    mask: Masks | None = None
    sample_rate: float = 1.0
    content_limit_chars: int = DEFAULT_CONTENT_LIMIT_CHARS
    spool_dir: str | Path | None = None
    spool_limit_bytes: int = DEFAULT_SPOOL_LIMIT_BYTES
    spool_limit_s: float = DEFAULT_SPOOL_LIMIT_S
    clock: Clock = time.time_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``init`` works with."""

    traces_url: str
    logs_url: str
    headers: Mapping[str, str]
    resource: Mapping[str, str]
    span_limits: Limits
    score_limits: Limits
    masking: Masking | None
    sampler_is_set: bool
    options: Options


def resolve(options: Options) -> Settings:
    """Settles every setting. Raises InvalidSettingError, or masking.rules.InvalidRulesError."""
    if not 0.0 <= options.sample_rate <= 1.0:
        raise InvalidSettingError(f"sample_rate is {options.sample_rate!r}; give a number from 0.0 to 1.0")
    if options.content_limit_chars < 1:
        raise InvalidSettingError(f"content_limit_chars is {options.content_limit_chars!r}; give at least 1")
    if options.spool_limit_bytes < 1 or options.spool_limit_s <= 0:
        bounds = f"spool_limit_bytes is {options.spool_limit_bytes!r} and spool_limit_s is {options.spool_limit_s!r}"
        raise InvalidSettingError(f"{bounds}; give positive numbers")
    spooling = options.spool_dir is not None
    api_key = options.api_key or os.environ.get("SPANHOUSE_API_KEY")
    return Settings(
        traces_url=_url(options.endpoint, "traces"),
        logs_url=_url(options.endpoint, "logs"),
        headers={"authorization": f"Bearer {api_key}"} if api_key else {},
        resource=_resource(options),
        span_limits=_limits("OTEL_BSP", spooling=spooling),
        score_limits=_limits("OTEL_BLRP", spooling=spooling),
        masking=_masking(options.mask),
        sampler_is_set=bool(os.environ.get("OTEL_TRACES_SAMPLER")),
        options=options,
    )


def announce_content(captured: bool) -> tuple[str, ...]:
    """Tells the three families of instrumentations whether texts may be recorded; what the user set stays as it is.

    Gives the names of the variables that it set, for ``withdraw``.
    """
    wanted = {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY" if captured else "NO_CONTENT",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "TRACELOOP_TRACE_CONTENT": "true" if captured else "false",
        "OPENINFERENCE_HIDE_INPUTS": "false" if captured else "true",
        "OPENINFERENCE_HIDE_OUTPUTS": "false" if captured else "true",
        "OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true",
    }
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    return tuple(added)


def withdraw(names: Iterable[str]) -> None:
    """Takes back what ``announce_content`` set: the next ``init`` may decide otherwise."""
    for name in names:
        os.environ.pop(name, None)


def genai_content() -> bool:
    """Whether OpenTelemetry's GenAI instrumentations put texts on spans."""
    return os.environ.get("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "").upper() == "SPAN_ONLY"


def genai_spans_only() -> bool:
    """Whether OpenTelemetry's GenAI instrumentations are asked for spans, and for no events, hooks or metrics."""
    mode = os.environ.get("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "").upper()
    others = (
        "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT",
        "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK",
        "OTEL_PYTHON_METER_PROVIDER",
    )
    return mode in {"SPAN_ONLY", "NO_CONTENT"} and not any(os.environ.get(name) for name in others)


def switched_off_by(options: Options) -> str:
    """Which variable of OpenTelemetry's keeps tracing off, as a sentence for people; "" when none does.

    ``OTEL_SDK_DISABLED`` switches all off. An exporter of none gives way to an endpoint that was given as an argument.
    """
    if os.environ.get(_DISABLED, "").strip().lower() == "true":
        return f"{_DISABLED} is set"
    if options.endpoint is None and os.environ.get(_EXPORTER, "").strip().lower() == "none":
        return f"{_EXPORTER} is 'none'; unset it, or give spanhouse.init an endpoint"
    return ""


def _masking(mask: Masks | None) -> Masking | None:
    if mask is None:
        return None
    if callable(mask):
        return CallableMasking(mask)
    from spanhouse.masking import masker, rules  # a hundred expressions to compile, for those who ask for them

    return masker.Masker(rules.read(mask))


def _url(argument: str | None, signal: str) -> str:
    path = f"/v1/{signal}"
    if argument is None and (whole := os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")):
        _check_protocol(signal)
        return whole
    base = argument or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if base and argument is None:
        _check_protocol(signal)
    base = base or os.environ.get("SPANHOUSE_ENDPOINT") or DEFAULT_ENDPOINT
    if not base.startswith(("http://", "https://")):
        raise InvalidSettingError(f"endpoint is {base!r}; give a URL such as {DEFAULT_ENDPOINT}")
    return base.rstrip("/").removesuffix("/v1/traces") + path


def _check_protocol(signal: str) -> None:
    """An endpoint that was meant for gRPC answers HTTP with nothing that says why."""
    for name in (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if os.environ.get(name) == "grpc":
            remedy = "give spanhouse.init an endpoint that takes OTLP over HTTP, or set it to 'http/protobuf'"
            raise InvalidSettingError(f"{name} is 'grpc'; {remedy}")


def _limits(prefix: str, *, spooling: bool) -> Limits:
    """The bounds of one signal, by the variables of OpenTelemetry's batch processor for it.

    Its time for an export is that in which a batch is tried again; one attempt has ``OTEL_EXPORTER_OTLP_TIMEOUT``. Raises
    InvalidSettingError.
    """
    usual = Limits(delay_s=_SPOOLING_DELAY_S) if spooling else Limits()
    queue_items = _whole_number(f"{prefix}_MAX_QUEUE_SIZE", usual.queue_items)
    return Limits(
        queue_items=queue_items,
        batch_items=min(queue_items, _whole_number(f"{prefix}_MAX_EXPORT_BATCH_SIZE", usual.batch_items)),
        delay_s=_seconds(f"{prefix}_SCHEDULE_DELAY", usual.delay_s),
        give_up_s=_seconds(f"{prefix}_EXPORT_TIMEOUT", usual.give_up_s),
    )


def _seconds(name: str, usual_s: float) -> float:
    """Of a variable in milliseconds."""
    return _whole_number(name, round(usual_s * 1_000)) / 1_000


def _whole_number(name: str, usual: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return usual
    if not text.isdecimal() or int(text) < 1:
        raise InvalidSettingError(f"{name} is {text!r}; give a whole number of at least 1")
    return int(text)


def _resource(options: Options) -> dict[str, str]:
    named = {
        conventions.SERVICE_NAME: options.service_name,
        conventions.SERVICE_VERSION: options.release,
        conventions.ENVIRONMENT: options.environment,
    }
    return {key: value for key, value in named.items() if value is not None}
