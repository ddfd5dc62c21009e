-- When each trace starts and ends, in the columns the exporter publishes.
CREATE VIEW otel_traces_trace_id_ts AS
SELECT
    project AS Project,
    trace_id AS TraceId,
    toDateTime(min(start_time)) AS Start,
    toDateTime(max(end_time)) + 1 AS End
FROM trace_times
GROUP BY project, trace_id
