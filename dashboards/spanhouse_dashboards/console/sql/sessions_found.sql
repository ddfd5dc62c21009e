-- Which sessions a page of the list holds: those whose last span began latest first, from a cursor on. A filter left '' lets all pass.
-- Parameters: project; from, to (UTC); before_ns (Unix nanoseconds) and before_session, the cursor: the last row of the page before;
-- environment, service, model, release, user, session (part of the id); limit (rows).
-- Columns: session_id, last_ns (Unix nanoseconds). A trace is gathered from its spans up to an hour before the range, as any of them may
-- name the session. Index: spans by project and minute; who seeks a session or a user reads those columns first, and then the minutes of the
-- traces that have one.
WITH
    {session:String} != '' OR {user:String} != '' AS is_sought,
    (
        SELECT groupUniqArray(trace_id)
        FROM spans
        PREWHERE ({session:String} != '' AND positionCaseInsensitiveUTF8(session_id, {session:String}) > 0)
            OR ({session:String} = '' AND {user:String} != '' AND user_id = {user:String})
        WHERE project = {project:String}
            AND is_sought
            AND start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
            AND start_time < {to:DateTime64(3, 'UTC')}
    ) AS traces_wanted
SELECT session AS session_id, toUnixTimestamp64Nano(max(trace_last)) AS last_ns
FROM
(
    SELECT anyIf(s.session_id, s.session_id != '') AS session, max(s.start_time) AS trace_last
    FROM spans AS s FINAL
    WHERE s.project = {project:String}
        AND s.start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
        AND s.start_time < {to:DateTime64(3, 'UTC')}
        AND (NOT is_sought OR (
            s.trace_id IN (SELECT arrayJoin(traces_wanted)) AND
            -- @include trace_minutes
        ))
    GROUP BY s.trace_id
    HAVING trace_last >= {from:DateTime64(3, 'UTC')} AND
        -- @include session_filters
)
GROUP BY session
HAVING (last_ns, session_id) < ({before_ns:Int64}, {before_session:String})
ORDER BY last_ns DESC, session_id DESC
LIMIT {limit:UInt32}
