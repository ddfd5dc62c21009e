-- When the spans of a stretch of time began, so that they can be read in portions.
-- Parameters: project, kinds (empty for all), from_ns (included) and until_ns (excluded): start of the spans, Unix time.
-- Columns: start_ns, ascending; a span that was stored twice may be there twice.
-- Index: the primary key of spans, by project and minute; only narrow columns are read.
SELECT toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND (empty({kinds:Array(String)}) OR kind IN {kinds:Array(String)})
ORDER BY start_ns
