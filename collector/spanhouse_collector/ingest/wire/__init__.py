"""What the engine must know of the wire: the protobuf schema of a frame, and the same as a table structure."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from spanhouse_collector.storage import quoted

Signal = Literal["traces", "logs", "metrics"]

_KIND = (
    "Enum8('no_value' = 0, 'string_value' = 1, 'bool_value' = 2, 'int_value' = 3, "
    "'double_value' = 4, 'array_value' = 5, 'kvlist_value' = 6, 'bytes_value' = 7)"
)
_LEAF = (
    f"Tuple(value {_KIND}, string_value String, bool_value Bool, int_value Int64, double_value Float64, "
    "array_value String, kvlist_value String, bytes_value String)"
)
_VALUE = (
    f"Tuple(value {_KIND}, string_value String, bool_value Bool, int_value Int64, double_value Float64, "
    f"array_value Tuple(values Array({_LEAF})), kvlist_value Tuple(values Array(Tuple(key String, value {_LEAF}))), "
    "bytes_value String, flattened_kind UInt32)"
)
_ATTRIBUTES = f"attributes Array(Tuple(key String, value {_VALUE})), dropped_attributes_count UInt32"
_RESOURCE = f"resource Tuple({_ATTRIBUTES})"
_SCOPE = f"scope Tuple(name String, version String, {_ATTRIBUTES})"
_OWN = "spanhouse_project String, spanhouse_received_ms UInt64"
_EVENT = f"Tuple(time_unix_nano UInt64, name String, {_ATTRIBUTES})"
_LINK = f"Tuple(trace_id String, span_id String, trace_state String, {_ATTRIBUTES}, flags UInt32)"
_SPAN = (
    "Tuple(trace_id String, span_id String, trace_state String, parent_span_id String, name String, kind Int32, "
    f"start_time_unix_nano UInt64, end_time_unix_nano UInt64, {_ATTRIBUTES}, "
    f"events Array({_EVENT}), dropped_events_count UInt32, links Array({_LINK}), dropped_links_count UInt32, "
    "status Tuple(message String, code Int32), flags UInt32)"
)
_LOG_RECORD = (
    f"Tuple(time_unix_nano UInt64, severity_number Int32, severity_text String, body {_VALUE}, {_ATTRIBUTES}, flags UInt32, "
    "trace_id String, span_id String, observed_time_unix_nano UInt64, event_name String)"
)
_EXEMPLARS = (
    f"exemplars Array(Tuple(filtered_attributes Array(Tuple(key String, value {_VALUE})), time_unix_nano UInt64, "
    "as_double Nullable(Float64), as_int Nullable(Int64), span_id String, trace_id String))"
)
_POINT = f"attributes Array(Tuple(key String, value {_VALUE})), start_time_unix_nano UInt64, time_unix_nano UInt64, flags UInt32"
_NUMBERS = f"data_points Array(Tuple({_POINT}, as_double Nullable(Float64), as_int Nullable(Int64), {_EXEMPLARS}))"
_TOTALS = f"{_POINT}, count UInt64, sum Nullable(Float64), min Nullable(Float64), max Nullable(Float64), {_EXEMPLARS}"
_BUCKETS = "Tuple(offset Int32, bucket_counts Array(UInt64))"
_METRIC = (
    f"Tuple(name String, description String, unit String, metadata Array(Tuple(key String, value {_VALUE})), "
    f"gauge Tuple({_NUMBERS}), "
    f"sum Tuple({_NUMBERS}, aggregation_temporality Int32, is_monotonic Bool), "
    f"histogram Tuple(data_points Array(Tuple({_TOTALS}, bucket_counts Array(UInt64), explicit_bounds Array(Float64))), "
    "aggregation_temporality Int32), "
    f"exponential_histogram Tuple(data_points Array(Tuple({_TOTALS}, scale Int32, zero_count UInt64, zero_threshold Float64, "
    f"positive {_BUCKETS}, negative {_BUCKETS})), aggregation_temporality Int32), "
    f"summary Tuple(data_points Array(Tuple({_POINT}, count UInt64, sum Float64, "
    "quantile_values Array(Tuple(quantile Float64, value Float64))))))"
)
_STRUCTURES = {
    "traces": f"resource_spans Array(Tuple({_RESOURCE}, scope_spans Array(Tuple({_SCOPE}, spans Array({_SPAN}), "
    f"schema_url String)), schema_url String)), {_OWN}",
    "logs": f"resource_logs Array(Tuple({_RESOURCE}, scope_logs Array(Tuple({_SCOPE}, log_records Array({_LOG_RECORD}), "
    f"schema_url String)), schema_url String)), {_OWN}",
    "metrics": f"resource_metrics Array(Tuple({_RESOURCE}, scope_metrics Array(Tuple({_SCOPE}, metrics Array({_METRIC}), "
    f"schema_url String)), schema_url String)), {_OWN}",
}


def structure(signal: Signal) -> str:
    """The columns of a frame, as ClickHouse's `file` and `input` table functions take them."""
    return _STRUCTURES[signal]


@cache
def reader_settings(signal: Signal) -> dict[str, str | int]:
    """Settings with which the engine reads frames; the schema travels with the statement, so no server needs a file."""
    parts = ("any_value.proto", f"{signal}.proto")
    schema = "\n".join(files(__name__).joinpath(part).read_text(encoding="utf-8") for part in parts)
    return {
        "format_schema_source": "string",
        "format_schema": schema,
        "format_schema_message_name": "Request",
        # Tells int 0, false, "" and "no value" apart.
        "input_format_protobuf_oneof_presence": 1,
    }


@cache
def reader_clause(signal: Signal) -> str:
    """The same settings as the end of a SETTINGS clause.

    Given apart, they cost the embedded engine ten statements that set them and set them back: 6 ms of CPU a batch.
    """
    return "".join(f", {name} = {quoted(str(value))}" for name, value in reader_settings(signal).items())
