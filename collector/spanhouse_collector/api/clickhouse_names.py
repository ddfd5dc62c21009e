"""What a foreign statement may name: tables of the engine, functions, settings, output formats. What is not listed is refused.

Must not know requests, nor how a statement is checked.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Databases in which the engine describes itself.
CATALOGUES = frozenset({"system", "information_schema", "INFORMATION_SCHEMA"})

#: Tables of `system` that may be read; the same as the role `reader` may (storage/engine/users.xml). Some others the engine shows
#: to any role, so this list must stand here too: system.processes holds the statements of other projects.
SYSTEM_TABLES = _words(
    """
    one numbers zeros databases tables columns functions table_functions aggregate_function_combinators data_type_families formats
    settings keywords time_zones build_options
    """
)

#: Table functions that make rows out of their arguments alone.
TABLE_FUNCTIONS = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values", "null", "view", "primes"}
)

# Categories of system.functions whose members look at the host, at other tables, or call out; members that do not follow.
_CLOSED_CATEGORIES = frozenset(
    {"AI", "Dictionary", "Embedded Dictionary", "Internal", "Introspection", "Machine Learning", "Other"}
)
_OPEN_MEMBERS = _words(
    """
    _CAST caseWithExpression nested bar blockNumber blockSize byteSize countDigits currentDatabase currentSchemas currentUser
    currentQueryID defaultValueOfArgumentType defaultValueOfTypeName digits displayName dumpColumnStructure errorCodeToName
    finalizeAggregation formatQuery formatQueryOrNull formatQuerySingleLine formatQuerySingleLineOrNull
    formatReadableDecimalSize formatReadableQuantity formatReadableSize formatReadableTimeDelta getSetting getSettingOrDefault
    getSizeOfEnumType getSubcolumn identity ignore indexHint initialQueryID initializeAggregation isConstant isDecimalOverflow
    lowCardinalityIndices lowCardinalityKeys materialize minSampleSizeContinuous minSampleSizeConversion neighbor
    normalizeQuery normalizeQueryKeepNames normalizedQueryHash normalizedQueryHashKeepNames parseISO8601Duration
    parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta queryID revision rowNumberInAllBlocks
    rowNumberInBlock runningAccumulate runningDifference runningDifferenceStartingWithFirstValue throwIf toColumnTypeName
    toTypeName transform uptime variantElement variantType version visibleWidth
    """
)
#: Settings a client may give. None of them names a file, a server, or a right.
_SETTINGS = _words(
    """
    additional_table_filters aggregate_functions_null_for_empty any_join_distinct_right_table_keys
    asterisk_include_alias_columns cast_keep_nullable cast_string_to_dynamic_use_inference
    cast_string_to_variant_use_inference cross_to_inner_join_rewrite date_time_input_format
    date_time_output_format empty_result_for_aggregation_by_empty_set enable_named_columns_in_function_tuple extremes
    final group_by_use_nulls join_algorithm join_use_nulls limit log_comment
    low_cardinality_allow_in_native_format max_block_size max_execution_time max_memory_usage max_result_bytes max_result_rows
    max_rows_to_read max_bytes_to_read max_threads offset prefer_column_name_to_alias read_overflow_mode result_overflow_mode
    session_timezone timeout_overflow_mode totals_mode transform_null_in union_default_mode
    """
)
_SETTING_PREFIXES = ("output_format_", "format_csv_", "format_custom_", "format_tsv_", "format_json_")
# Would write the result's schema to a file.
_CLOSED_SETTINGS = frozenset({"output_format_schema"})

#: Settings that speak of the connection, which is ours; accepted and without effect here.
TRANSPORT_SETTINGS = _words(
    """
    add_http_cors_header buffer_size cancel_http_readonly_queries_on_client_close client_protocol_version close_session compress
    database decompress default_format enable_http_compression http_headers_progress_interval_ms http_wait_end_of_query
    http_write_exception_in_output_format http_zlib_compression_level password query query_id quota_key readonly role
    send_progress_in_http_headers session_check session_id session_timeout stacktrace user wait_end_of_query
    """
)

_FORMATS = re.compile(
    r"Native|JSON\w*|NDJSON|CSV\w*|TSV\w*|TabSeparated\w*|TSKV|Pretty\w*|Vertical|XML|Markdown|MD|Values|RowBinary\w*|Arrow|ArrowStream"
    r"|Parquet|ORC|Avro|MsgPack|BSONEachRow|Npy|Null|Raw\w*|LineAsString|SQLInsert|Prometheus|Hash"
)


def is_format(name: str) -> bool:
    """Whether a result may be written in this format; those left out want a schema from a file."""
    return _FORMATS.fullmatch(name) is not None


def is_setting(name: str) -> bool:
    """Whether a client may give this setting."""
    begins_well = name.startswith(_SETTING_PREFIXES) and re.fullmatch(r"[a-z0-9_]+", name) is not None
    return name in _SETTINGS or (begins_well and name not in _CLOSED_SETTINGS)


def is_open_function(name: str, category: str) -> bool:
    """Whether a function that is no aggregate may be called, by its name and its category in system.functions."""
    if category == "Table Function":
        return name in TABLE_FUNCTIONS
    return category not in _CLOSED_CATEGORIES or name in _OPEN_MEMBERS
