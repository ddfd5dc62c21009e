-- How many calls of each tool there were in each window and segment.
-- Parameters: project, release ('' for all), releases and services (watched ones), tools (of the references; others count as one),
-- unknown (the name for those), windows (their starts), first and last (of them), window_s.
-- Columns: started_s (the window's start, Unix time), key and value (of the segment; key is '' for all calls), tool, calls.
-- Index: the primary key of spans, by project and minute. FINAL merges within a day only, which holds every copy of a span.
SELECT
    toInt64(toUnixTimestamp(toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC'))) AS started_s,
    key,
    value,
    if(has({tools:Array(String)}, tool_name), toString(tool_name), {unknown:String}) AS tool,
    toInt64(count()) AS calls
FROM spans FINAL
ARRAY JOIN ['', 'release', 'service'] AS key, ['', toString(spans.release), toString(service)] AS value
WHERE project = {project:String}
    AND kind = 'tool'
    AND ({release:String} = '' OR spans.release = {release:String})
    AND start_time >= {first:DateTime('UTC')}
    AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
    AND (key = '' OR (key = 'release' AND value IN {releases:Array(String)}) OR (key = 'service' AND value IN {services:Array(String)}))
GROUP BY started_s, key, value, tool
SETTINGS max_threads = 2
