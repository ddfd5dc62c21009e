-- The OpenTelemetry ClickHouse exporter's view of spans, each span once, for Grafana Explore and anything made for that schema.
CREATE VIEW otel_traces AS
SELECT
    project AS Project,
    start_time AS Timestamp,
    trace_id AS TraceId,
    span_id AS SpanId,
    parent_span_id AS ParentSpanId,
    trace_state AS TraceState,
    name AS SpanName,
    toString(span_kind) AS SpanKind,
    service AS ServiceName,
    resource_attributes AS ResourceAttributes,
    scope_name AS ScopeName,
    scope_version AS ScopeVersion,
    mapConcat(attributes, content) AS SpanAttributes,
    toUInt64(greatest(duration_ns, 0)) AS Duration,
    toString(status_code) AS StatusCode,
    status_message AS StatusMessage,
    `events.time` AS `Events.Timestamp`,
    `events.name` AS `Events.Name`,
    `events.attributes` AS `Events.Attributes`,
    `links.trace_id` AS `Links.TraceId`,
    `links.span_id` AS `Links.SpanId`,
    `links.trace_state` AS `Links.TraceState`,
    `links.attributes` AS `Links.Attributes`
FROM spans FINAL
