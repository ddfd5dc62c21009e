-- The OpenTelemetry ClickHouse exporter's view of log records, each record once.
CREATE VIEW otel_logs AS
SELECT
    project AS Project,
    time AS Timestamp,
    trace_id AS TraceId,
    span_id AS SpanId,
    toUInt8(flags) AS TraceFlags,
    severity_text AS SeverityText,
    severity_number AS SeverityNumber,
    service AS ServiceName,
    body AS Body,
    resource_schema_url AS ResourceSchemaUrl,
    resource_attributes AS ResourceAttributes,
    scope_schema_url AS ScopeSchemaUrl,
    scope_name AS ScopeName,
    scope_version AS ScopeVersion,
    scope_attributes AS ScopeAttributes,
    attributes AS LogAttributes,
    event_name AS EventName
FROM logs FINAL
