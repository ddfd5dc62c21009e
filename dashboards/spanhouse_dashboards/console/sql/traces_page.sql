-- Which traces a page of the list holds: newest first, from a cursor on. A filter left '' (numbers: NULL) lets all pass.
-- Parameters: project; from, to (UTC); before_ns (Unix nanoseconds) and before_trace, the cursor: the last row of the page
-- before; environment, service, model, release, status ('', 'ok', 'error'), session, user, text (part of a name or preview);
-- min_duration_ns; score (name), below; limit (rows); traces (ids of those that may be on it, [] lets all pass; of one that lasts
-- longer the first week counts). Columns: trace_id, started_ns (Unix nanoseconds).
-- Inside countIf an unused filter folds away, and with it its column.
-- Index: spans by project and minute, which for given traces are those of trace_times. A trace is gathered from its spans up to an hour outside the range.
SELECT trace_id, toUnixTimestamp64Nano(min(start_time)) AS started_ns
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
    AND start_time < {to:DateTime64(3, 'UTC')} + INTERVAL 1 HOUR
    AND ({score:String} = '' OR trace_id IN (
        SELECT trace_id
        FROM scores FINAL
        WHERE project = {project:String} AND name = {score:String} AND status = 'scored'
            AND time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
            AND ({below:Nullable(Float64)} IS NULL OR value < {below:Nullable(Float64)})))
    AND (empty({traces:Array(String)}) OR (
        trace_id IN {traces:Array(String)}
        AND toStartOfMinute(start_time) IN (
            SELECT arrayJoin(arrayMap(
                later -> toStartOfMinute(begun) + toIntervalMinute(later),
                range(toUInt64(least(greatest(dateDiff('minute', begun, ended), 0), 10080)) + 1)))
            FROM (
                SELECT min(start_time) AS begun, max(end_time) AS ended
                FROM trace_times
                WHERE project = {project:String} AND trace_id IN {traces:Array(String)}
                GROUP BY trace_id))))
GROUP BY trace_id
HAVING min(start_time) >= {from:DateTime64(3, 'UTC')} AND min(start_time) < {to:DateTime64(3, 'UTC')}
    AND (started_ns, trace_id) < ({before_ns:Int64}, {before_trace:String})
    AND countIf({environment:String} = '' OR environment = {environment:String}) > 0
    AND countIf({service:String} = '' OR service = {service:String}) > 0
    AND countIf({release:String} = '' OR release = {release:String}) > 0
    AND countIf({model:String} = '' OR model = {model:String}) > 0
    AND countIf({session:String} = '' OR session_id = {session:String}) > 0
    AND countIf({user:String} = '' OR user_id = {user:String}) > 0
    AND ({status:String} = '' OR (countIf(status_code = 'Error') > 0) = ({status:String} = 'error'))
    AND countIf({text:String} = ''
        OR positionCaseInsensitiveUTF8(input_preview, {text:String}) > 0
        OR positionCaseInsensitiveUTF8(output_preview, {text:String}) > 0
        OR positionCaseInsensitiveUTF8(name, {text:String}) > 0) > 0
    AND ({min_duration_ns:Nullable(Int64)} IS NULL
        OR max(toUnixTimestamp64Nano(start_time) + duration_ns) - started_ns >= {min_duration_ns:Nullable(Int64)})
ORDER BY started_ns DESC, trace_id DESC
LIMIT {limit:UInt32}
