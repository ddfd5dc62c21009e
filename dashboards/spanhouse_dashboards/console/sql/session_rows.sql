-- What is shown of some sessions: their traces in the range that filters let pass. A filter left '' lets all pass.
-- Parameters: project; from, to (UTC); sessions (ids); environment, service, model, release, user, session (part of the id).
-- Columns: session_id, start_ns, end_ns (Unix nanoseconds), traces, calls (of models), errors (failed spans), tokens, cost_usd
-- (NULL: nothing was priced), user_id, first_question, last_answer.
-- Index: spans by project and minute, which are those of trace_times; of one that lasts longer the first week counts. Which traces these are
-- is told by the sessions of all spans in the range.
WITH (
    SELECT groupUniqArray(trace_id)
    FROM spans
    PREWHERE session_id IN {sessions:Array(String)}
    WHERE project = {project:String}
        AND start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
        AND start_time < {to:DateTime64(3, 'UTC')}
) AS traces_wanted
SELECT
    session AS session_id,
    min(trace_start_ns) AS start_ns,
    max(trace_end_ns) AS end_ns,
    count() AS traces,
    sum(trace_calls) AS calls,
    sum(trace_errors) AS errors,
    sum(trace_tokens) AS tokens,
    sum(trace_cost_usd) AS cost_usd,
    anyIf(trace_user, trace_user != '') AS user_id,
    argMinIf(trace_input, trace_start_ns, trace_input != '') AS first_question,
    argMaxIf(trace_output, trace_start_ns, trace_output != '') AS last_answer
FROM
(
    SELECT
        anyIf(s.session_id, s.session_id != '') AS session,
        toUnixTimestamp64Nano(min(s.start_time)) AS trace_start_ns,
        max(toUnixTimestamp64Nano(s.start_time) + greatest(s.duration_ns, 0)) AS trace_end_ns,
        countIf(s.kind = 'llm') AS trace_calls,
        countIf(s.status_code = 'Error') AS trace_errors,
        sumIf(coalesce(s.input_tokens, 0) + coalesce(s.output_tokens, 0), s.cost_status != 'roll_up') AS trace_tokens,
        if(countIf(s.cost_usd IS NOT NULL) = 0, NULL, toFloat64(sum(s.cost_usd))) AS trace_cost_usd,
        anyIf(s.user_id, s.user_id != '') AS trace_user,
        argMinIf(s.input_preview, (s.parent_span_id != '', s.start_time), s.input_preview != '') AS trace_input,
        argMaxIf(s.output_preview, (s.parent_span_id = '', s.start_time), s.output_preview != '') AS trace_output
    FROM spans AS s FINAL
    WHERE s.project = {project:String}
        AND s.start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
        AND s.start_time < {to:DateTime64(3, 'UTC')}
        AND s.trace_id IN (SELECT arrayJoin(traces_wanted))
        AND
        -- @include trace_minutes
    GROUP BY s.trace_id
    HAVING max(s.start_time) >= {from:DateTime64(3, 'UTC')} AND
        -- @include session_filters
)
WHERE session IN {sessions:Array(String)}
GROUP BY session
