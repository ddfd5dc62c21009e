-- The newest example of each reason why scores have no value.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all); names and times (UTC, of the same length): each
-- score that is looked for, and the begin of the six hours in which it is.
-- Columns: name, status, reason, newest (UTC, when it was scored), trace_id, span_id, explanation.
-- Index: scores by project, name and minute.
SELECT
    name,
    toString(status) AS status,
    toString(reason) AS reason,
    max(scored_at) AS newest,
    argMax(scores.trace_id, scored_at) AS trace_id,
    argMax(scores.span_id, scored_at) AS span_id,
    argMax(scores.explanation, scored_at) AS explanation
FROM scores FINAL
WHERE
    -- @include score_segment
    AND scores.status != 'scored'
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND (name, toStartOfMinute(time)) IN (
        SELECT wanted, since + toIntervalMinute(arrayJoin(range(toUInt64(360))))
        FROM (SELECT {names:Array(String)} AS all_names, {times:Array(DateTime('UTC'))} AS all_times)
        ARRAY JOIN all_names AS wanted, all_times AS since)
GROUP BY name, status, reason
