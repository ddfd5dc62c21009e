-- Messages of all spans that a batch of log records speaks of, those of earlier batches among them.
-- Parameters: staging, the batch of log records; events, the names of such records; projects, first and last, where and when to look.
-- Columns: project, trace_id, span_id, event_name, body, attributes; in the order in which they were said.
-- Index: the primary key of logs, by project and minute.
SELECT project, trace_id, span_id, event_name, body, attributes
FROM logs FINAL
WHERE project IN {projects:Array(String)}
    AND time >= {first:DateTime64(9, 'UTC')} AND time <= {last:DateTime64(9, 'UTC')}
    AND event_name IN {events:Array(String)}
    AND (project, trace_id, span_id) IN (
        SELECT project, trace_id, span_id
        FROM {staging:Identifier}
        WHERE event_name IN {events:Array(String)} AND span_id != '')
ORDER BY time, observed_time, record_hash
