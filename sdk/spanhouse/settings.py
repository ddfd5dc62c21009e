"""Settles what was asked for: arguments of ``init`` first, then OpenTelemetry's variables, then ours, then defaults.

Knows nothing of tracing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

from spanhouse import conventions, variables
from spanhouse.delivery import Limits
from spanhouse.outgoing import CallableMasking, Masking
from spanhouse.runtime import Clock, Mask

Masks = Mask | Mapping[str, Any] | str | Path  # a function, rules, or the path of a file with rules
Instrument = Literal[False] | str | Sequence[str]  # "auto", names, or none

_DISABLED: Final = "OTEL_SDK_DISABLED"
_CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SPANS_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_SPANS_HEADERS: Final = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
_NOT_ON_SPANS: Final = frozenset({"NO_CONTENT", "EVENT_ONLY", "FALSE"})
_KEY_HEADERS: Final = ("authorization=", "x-api-key=")
DISABLED_INSTRUMENTATIONS: Final = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
_EXPORTER: Final = "OTEL_TRACES_EXPORTER"
DEFAULT_ENDPOINT: Final = "http://127.0.0.1:4318"
DEFAULT_CONTENT_LIMIT_CHARS: Final = 131_072  # a long prompt fits; the collector's request limit stays far away
DEFAULT_SPOOL_LIMIT_BYTES: Final = 256 * 1024 * 1024
DEFAULT_SPOOL_LIMIT_S: Final = 86_400.0
_TIMEOUT_S: Final = 10.0  # of one attempt, as the exporter's own default
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
    score_headers: Mapping[str, str]
    resource: Mapping[str, str]
    span_limits: Limits
    score_limits: Limits
    span_timeout_s: float | None  # None: as the exporter itself reads it
    score_timeout_s: float | None
    spans_may_be_compressed: bool  # as the exporter itself reads it; else nothing is
    scores_may_be_compressed: bool
    masking: Masking | None
    capture_content: bool
    sampler_is_set: bool
    ignored: tuple[str, ...]  # variables that are not heard, as sentences
    options: Options


def resolve(options: Options) -> Settings:
    """Settles every setting. Raises InvalidSettingError."""
    if not 0.0 <= options.sample_rate <= 1.0:
        raise InvalidSettingError(f"sample_rate is {options.sample_rate!r}; give a number from 0.0 to 1.0")
    if options.content_limit_chars < 1:
        raise InvalidSettingError(f"content_limit_chars is {options.content_limit_chars!r}; give at least 1")
    if options.spool_limit_bytes < 1 or options.spool_limit_s <= 0:
        bounds = f"spool_limit_bytes is {options.spool_limit_bytes!r} and spool_limit_s is {options.spool_limit_s!r}"
        raise InvalidSettingError(f"{bounds}; give positive numbers")
    spooling = options.spool_dir is not None
    api_key = _api_key(options)
    traces_url = _url(options.endpoint, "traces")
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    follow = _scores_follow_spans(options)
    return Settings(
        traces_url=traces_url,
        logs_url=traces_url.removesuffix("/v1/traces") + "/v1/logs" if follow else _url(options.endpoint, "logs"),
        headers=headers,
        score_headers={**parse_env_headers(variables.value(_SPANS_HEADERS), liberal=True), **headers} if follow else headers,
        resource=_resource(options),
        span_limits=_limits("OTEL_BSP", spooling=spooling),
        score_limits=_limits("OTEL_BLRP", spooling=spooling),
        span_timeout_s=variables.timeout_s("traces", _TIMEOUT_S),
        score_timeout_s=variables.timeout_s("logs", _TIMEOUT_S),
        spans_may_be_compressed=variables.compresses("traces"),
        scores_may_be_compressed=variables.compresses("logs"),
        masking=masking_of(options.mask),
        capture_content=options.capture_content and variables.value(_CONTENT).upper() not in _NOT_ON_SPANS,
        sampler_is_set=bool(variables.value("OTEL_TRACES_SAMPLER")),
        ignored=variables.ignored(),
        options=options,
    )


def announce_content(chosen: Settings) -> dict[str, str | None]:
    """Tells the three families of instrumentations whether texts may be recorded.

    What the user set in the environment stays as it is, unless ``init`` was told to keep texts out. Gives the variables that it
    set with their values before, for ``variables.withdraw``.
    """
    captured = chosen.capture_content
    content = {
        _CONTENT: "SPAN_ONLY" if captured else "NO_CONTENT",
        "TRACELOOP_TRACE_CONTENT": "true" if captured else "false",
        "OPENINFERENCE_HIDE_INPUTS": "false" if captured else "true",
        "OPENINFERENCE_HIDE_OUTPUTS": "false" if captured else "true",
    }
    form = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental", "OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true"}
    told = {name: value for name, value in {**content, **form}.items() if not variables.is_set(name)}
    if not chosen.options.capture_content:
        told |= content
    return variables.announce(told)


def disabled_instrumentations() -> tuple[str, ...]:
    """The names that ``OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`` lists, as OpenTelemetry's own loader reads them."""
    return tuple(name.strip() for name in variables.value(DISABLED_INSTRUMENTATIONS).split(",") if name.strip())


def genai_content() -> bool:
    """Whether OpenTelemetry's GenAI instrumentations put texts on spans."""
    return variables.value(_CONTENT).upper() == "SPAN_ONLY"


def genai_spans_only() -> bool:
    """Whether OpenTelemetry's GenAI instrumentations are asked for spans, and for no events, hooks or metrics."""
    mode = variables.value(_CONTENT).upper()
    others = (
        "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT",
        "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK",
        "OTEL_PYTHON_METER_PROVIDER",
    )
    return mode in {"SPAN_ONLY", "NO_CONTENT"} and not any(map(variables.value, others))


def switched_off_by(options: Options) -> str:
    """Which variable of OpenTelemetry's keeps tracing off, as a sentence for people; "" when none does.

    ``OTEL_SDK_DISABLED`` switches all off. An exporter of none gives way to an endpoint that was given as an argument.
    """
    if variables.value(_DISABLED).lower() == "true":
        return f"{_DISABLED} is set"
    if options.endpoint is None and variables.value(_EXPORTER).lower() == "none":
        return f"{_EXPORTER} is 'none'; unset it, or give spanhouse.init an endpoint"
    return ""


def masking_of(mask: Masks | None) -> Masking | None:
    """What masks by a function or by rules; None without either.

    Raises InvalidSettingError for what is neither, and for wrong rules.
    """
    if mask is None:
        return None
    if callable(mask):
        return CallableMasking(mask)
    if not isinstance(mask, Mapping | str | Path):
        raise InvalidSettingError(f"mask is {mask!r}; give a function, rules as a mapping, or the path of a JSON file")
    from spanhouse.masking import masker, rules  # a hundred expressions to compile, for those who ask for them

    try:
        return masker.Masker(rules.read(mask))
    except rules.InvalidRulesError as error:
        raise InvalidSettingError(str(error)) from error


def _api_key(options: Options) -> str | None:
    """The key to send; where the endpoint is OpenTelemetry's, a key in its headers comes before our variable."""
    if options.api_key:
        return options.api_key.strip()
    if options.endpoint is None and any(map(variables.value, (_SPANS_ENDPOINT, _ENDPOINT))):
        headers = variables.value(_SPANS_HEADERS) or variables.value("OTEL_EXPORTER_OTLP_HEADERS")
        if any(pair.strip().lower().startswith(_KEY_HEADERS) for pair in headers.split(",")):
            return None
    return variables.value("SPANHOUSE_API_KEY")


def _url(argument: str | None, signal: str) -> str:
    path = f"/v1/{signal}"
    if argument is None and (whole := variables.value(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")):
        _check_protocol(signal)
        return whole
    base = argument.strip() if argument else variables.value(_ENDPOINT)
    if base and argument is None:
        _check_protocol(signal)
    base = base or variables.value("SPANHOUSE_ENDPOINT") or DEFAULT_ENDPOINT
    if not base.startswith(("http://", "https://")):
        raise InvalidSettingError(f"endpoint is {base!r}; give a URL such as {DEFAULT_ENDPOINT}")
    if not _has_place(base):
        raise InvalidSettingError(f"endpoint is {base!r}; give a URL with a host and a port such as {DEFAULT_ENDPOINT}")
    return base.rstrip("/").removesuffix("/v1/traces") + path


def _has_place(url: str) -> bool:
    """Whether the URL names a host, and no port that cannot be."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65,535 or that is no number
        return False


def _scores_follow_spans(options: Options) -> bool:
    """Whether the spans alone have an endpoint. Then scores go to the same receiver, for they belong to spans."""
    others = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", _ENDPOINT, "SPANHOUSE_ENDPOINT")
    if options.endpoint is not None or any(map(variables.value, others)):
        return False
    return variables.value(_SPANS_ENDPOINT).endswith("/v1/traces")


def _check_protocol(signal: str) -> None:
    """An endpoint that was meant for gRPC answers HTTP with nothing that says why."""
    for name in (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if variables.value(name) == "grpc":
            remedy = "give spanhouse.init an endpoint that takes OTLP over HTTP, or set it to 'http/protobuf'"
            raise InvalidSettingError(f"{name} is 'grpc'; {remedy}")


def _limits(prefix: str, *, spooling: bool) -> Limits:
    """The bounds of one signal, by the variables of OpenTelemetry's batch processor for it.

    Its time for an export is that in which a batch is tried again; one attempt has ``OTEL_EXPORTER_OTLP_TIMEOUT``.
    """
    usual = Limits(delay_s=_SPOOLING_DELAY_S) if spooling else Limits()
    queue_items = variables.whole_number(f"{prefix}_MAX_QUEUE_SIZE", usual.queue_items)
    return Limits(
        queue_items=queue_items,
        batch_items=min(queue_items, variables.whole_number(f"{prefix}_MAX_EXPORT_BATCH_SIZE", usual.batch_items)),
        delay_s=_seconds(f"{prefix}_SCHEDULE_DELAY", usual.delay_s),
        give_up_s=_seconds(f"{prefix}_EXPORT_TIMEOUT", usual.give_up_s),
    )


def _seconds(name: str, usual_s: float) -> float:
    """Of a variable in milliseconds."""
    return variables.whole_number(name, round(usual_s * 1_000)) / 1_000


def _resource(options: Options) -> dict[str, str]:
    named = {
        conventions.SERVICE_NAME: options.service_name,
        conventions.SERVICE_VERSION: options.release,
        conventions.ENVIRONMENT: options.environment,
    }
    return {key: value for key, value in named.items() if value is not None}
