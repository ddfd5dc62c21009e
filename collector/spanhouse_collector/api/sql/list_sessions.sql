-- Sessions of a project by their first span in the range, newest first, one page; paged by the start, which does not move when a
-- session goes on.
-- Parameters: project; before_ns and before_session (the last row of the page before; Unix nanoseconds), limit (rows);
-- since_ns (inclusive) and until_ns (exclusive).
-- Columns: as named below; instants in Unix nanoseconds, cost as text, NULL if nothing was priced.
-- Index: the primary key, by project and minute.
SELECT
    session_id,
    toUnixTimestamp64Nano(min(start_time)) AS start_ns,
    max(toUnixTimestamp64Nano(start_time) + greatest(duration_ns, 0)) AS end_ns,
    uniqExact(trace_id) AS traces,
    count() AS spans,
    countIf(status_code = 'Error') AS errors,
    sumIf(coalesce(input_tokens, 0), cost_status != 'roll_up') AS input_tokens,
    sumIf(coalesce(output_tokens, 0), cost_status != 'roll_up') AS output_tokens,
    if(countIf(cost_usd IS NOT NULL) = 0, NULL, toString(sum(cost_usd))) AS cost_usd,
    anyIf(user_id, user_id != '') AS user_id
FROM spans AS s FINAL
WHERE project = {project:String}
    AND session_id != ''
    AND start_time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
GROUP BY session_id
HAVING (start_ns, session_id) < ({before_ns:Int64}, {before_session:String})
ORDER BY start_ns DESC, session_id DESC
LIMIT {limit:UInt32}
