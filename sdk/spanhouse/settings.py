"""Reads what was asked for: arguments of ``init`` first, then OpenTelemetry's variables, then ours, then defaults.

The only file of the SDK that touches the environment. Knows nothing of tracing.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from spanhouse import conventions
from spanhouse.delivery import Limits
from spanhouse.runtime import Clock

Mask = Callable[[str, str], str]  # attribute key and text in, the text to send out
Instrument = Literal[False] | str | Sequence[str]  # "auto", names, or none

DEFAULT_ENDPOINT: Final = "http://127.0.0.1:4318"
DEFAULT_CONTENT_LIMIT_CHARS: Final = 131_072  # a long prompt fits; the collector's request limit stays far away


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
    mask: Mask | None = None
    sample_rate: float = 1.0
    content_limit_chars: int = DEFAULT_CONTENT_LIMIT_CHARS
    clock: Clock = time.time_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``init`` works with."""

    traces_url: str
    logs_url: str
    headers: Mapping[str, str]
    resource: Mapping[str, str]
    limits: Limits
    sampler_is_set: bool
    options: Options


def resolve(options: Options) -> Settings:
    """Settles every setting. Raises InvalidSettingError."""
    if not 0.0 <= options.sample_rate <= 1.0:
        raise InvalidSettingError(f"sample_rate is {options.sample_rate!r}; give a number from 0.0 to 1.0")
    if options.content_limit_chars < 1:
        raise InvalidSettingError(f"content_limit_chars is {options.content_limit_chars!r}; give at least 1")
    api_key = options.api_key or os.environ.get("SPANHOUSE_API_KEY")
    return Settings(
        traces_url=_url(options.endpoint, "traces"),
        logs_url=_url(options.endpoint, "logs"),
        headers={"authorization": f"Bearer {api_key}"} if api_key else {},
        resource=_resource(options),
        limits=_limits(),
        sampler_is_set=bool(os.environ.get("OTEL_TRACES_SAMPLER")),
        options=options,
    )


def announce_content(captured: bool) -> None:
    """Tells the three families of instrumentations whether texts may be recorded; what the user set stays as it is."""
    wanted = {
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY" if captured else "NO_CONTENT",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
        "TRACELOOP_TRACE_CONTENT": "true" if captured else "false",
        "OPENINFERENCE_HIDE_INPUTS": "false" if captured else "true",
        "OPENINFERENCE_HIDE_OUTPUTS": "false" if captured else "true",
        "OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true",
    }
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def _url(argument: str | None, signal: str) -> str:
    path = f"/v1/{signal}"
    if argument is None and (whole := os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")):
        return whole
    base = argument or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("SPANHOUSE_ENDPOINT") or DEFAULT_ENDPOINT
    if not base.startswith(("http://", "https://")):
        raise InvalidSettingError(f"endpoint is {base!r}; give a URL such as {DEFAULT_ENDPOINT}")
    return base.rstrip("/").removesuffix("/v1/traces") + path


def _limits() -> Limits:
    usual = Limits()
    queue_items = _whole_number("OTEL_BSP_MAX_QUEUE_SIZE", usual.queue_items)
    return Limits(
        queue_items=queue_items,
        batch_items=min(queue_items, _whole_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", usual.batch_items)),
        delay_s=_whole_number("OTEL_BSP_SCHEDULE_DELAY", round(usual.delay_s * 1_000)) / 1_000,
    )


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
