-- After the trace query that the ClickHouse plugin generates for Explore, here with the trace id as a parameter.
-- Parameters: trace_id.
-- Columns: those of Grafana's trace panel; startTime and duration in milliseconds.
WITH
    {trace_id:String} AS trace_id,
    (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId = trace_id) AS trace_start,
    (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId = trace_id) AS trace_end
SELECT
    "TraceId" AS traceID,
    "SpanId" AS spanID,
    "ParentSpanId" AS parentSpanID,
    "ServiceName" AS serviceName,
    "SpanName" AS operationName,
    multiply(toUnixTimestamp64Nano("Timestamp"), 0.000001) AS startTime,
    multiply("Duration", 0.000001) AS duration,
    arrayMap(key -> map('key', key, 'value', "SpanAttributes"[key]), mapKeys("SpanAttributes")) AS tags,
    arrayMap(key -> map('key', key, 'value', "ResourceAttributes"[key]), mapKeys("ResourceAttributes")) AS serviceTags,
    if("StatusCode" IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) AS statusCode,
    arrayMap((name, timestamp, attributes) -> tuple(name, toString(multiply(toUnixTimestamp64Nano(timestamp), 0.000001)),
        arrayMap(key -> map('key', key, 'value', attributes[key]), mapKeys(attributes)))::Tuple(name String, timestamp String, fields Array(Map(String, String))),
        "Events.Name", "Events.Timestamp", "Events.Attributes") AS logs,
    arrayMap((linked_trace, linked_span, attributes) -> tuple(linked_trace, linked_span,
        arrayMap(key -> map('key', key, 'value', attributes[key]), mapKeys(attributes)))::Tuple(traceID String, spanID String, tags Array(Map(String, String))),
        "Links.TraceId", "Links.SpanId", "Links.Attributes") AS references,
    "SpanKind" AS kind,
    "StatusMessage" AS statusMessage,
    "TraceState" AS traceState
FROM otel_traces
WHERE traceID = trace_id
    AND "Timestamp" >= trace_start
    AND "Timestamp" <= trace_end
