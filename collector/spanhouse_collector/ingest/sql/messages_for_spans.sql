-- Messages that came as log records of their own for the calls of a batch of spans that carry none.
-- Parameters: staging, the batch of spans; events, the names of such records; projects, first and last, those of the batch.
-- Columns: project, trace_id, span_id, event_name, body, attributes; in the order in which they were said.
-- Index: the primary key of logs, by project and minute: an event lies within its span.
SELECT project, trace_id, span_id, event_name, body, attributes
FROM logs FINAL
WHERE project IN {projects:Array(String)}
    AND time >= {first:DateTime64(9, 'UTC')} AND time <= {last:DateTime64(9, 'UTC')}
    AND event_name IN {events:Array(String)}
    AND (project, trace_id, span_id) IN (
        SELECT project, trace_id, span_id
        FROM {staging:Identifier}
        WHERE NOT needs_translation AND kind = 'llm' AND content['gen_ai.input.messages'] = ''
            AND content['gen_ai.output.messages'] = '' AND translated['gen_ai.input.messages'] = ''
            AND translated['gen_ai.output.messages'] = '')
ORDER BY time, observed_time, record_hash
