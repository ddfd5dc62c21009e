-- Which traces a page of the list holds where nothing narrows it: newest first, from a cursor on, as traces_page with no filter set.
-- Apart from it, since planning its filters takes as long as all that is done here.
-- Parameters: project; from, to (UTC); before_ns (Unix nanoseconds) and before_trace, the cursor: the last row of the page
-- before; limit (rows). Columns: trace_id, started_ns (Unix nanoseconds).
-- Index: spans by project and minute. A trace is gathered from its spans up to an hour outside the range.
SELECT trace_id, toUnixTimestamp64Nano(min(start_time)) AS started_ns
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
    AND start_time < {to:DateTime64(3, 'UTC')} + INTERVAL 1 HOUR
GROUP BY trace_id
HAVING min(start_time) >= {from:DateTime64(3, 'UTC')} AND min(start_time) < {to:DateTime64(3, 'UTC')}
    AND (started_ns, trace_id) < ({before_ns:Int64}, {before_trace:String})
ORDER BY started_ns DESC, trace_id DESC
LIMIT {limit:UInt32}
