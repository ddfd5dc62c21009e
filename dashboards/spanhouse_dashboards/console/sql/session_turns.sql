-- The traces of one session in order, each with its last question and answer in full.
-- Parameters: project; session; from, to (UTC); limit (rows).
-- Columns: trace_id, started_ns (Unix nanoseconds), asked, answered (messages as JSON text, of the first model call and of the last;
-- '' where there is none). Index: spans by project and minute, of which the sessions are read first, and then the minutes of the traces found.
WITH (
    SELECT groupUniqArray(trace_id)
    FROM spans
    PREWHERE session_id = {session:String}
    WHERE project = {project:String}
        AND start_time >= {from:DateTime64(3, 'UTC')}
        AND start_time < {to:DateTime64(3, 'UTC')}
) AS traces_wanted
SELECT
    s.trace_id AS trace_id,
    toUnixTimestamp64Nano(min(s.start_time)) AS started_ns,
    argMinIf(s.content['gen_ai.input.messages'], (s.parent_span_id != '', s.start_time), s.content['gen_ai.input.messages'] != '') AS asked,
    argMaxIf(s.content['gen_ai.output.messages'], (s.parent_span_id = '', s.start_time), s.content['gen_ai.output.messages'] != '') AS answered
FROM spans AS s FINAL
WHERE s.project = {project:String}
    AND s.start_time >= {from:DateTime64(3, 'UTC')}
    AND s.start_time < {to:DateTime64(3, 'UTC')}
    AND s.trace_id IN (SELECT arrayJoin(traces_wanted)) AND
        -- @include trace_minutes
GROUP BY s.trace_id
ORDER BY started_ns, trace_id
LIMIT {limit:UInt32}
