-- The calls that make a frozen reference: the first ones of one release.
-- Parameters: project, model ('' for all), release ('' for that of the earliest call), most (calls at most).
-- Columns: start_time_ns, release, duration (ms), time_to_first_token (ms), output_tokens, cost (USD); NULL where not measured.
-- Index: the primary key of spans, by project and minute, up to the time by which there are enough rows. FINAL would read all.
WITH
    (SELECT argMin(release, start_time) FROM spans
        WHERE project = {project:String} AND kind = 'llm'
            AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})) AS earliest,
    -- Copies count as rows here: only where each span was stored more than four times are there fewer calls than asked for.
    (SELECT max(start_time) FROM (
        SELECT start_time FROM spans
        WHERE project = {project:String} AND kind = 'llm'
            AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})
            AND release = if({release:String} = '', earliest, {release:String})
        ORDER BY start_time LIMIT 4 * {most:UInt32})) AS enough
SELECT
    toUnixTimestamp64Nano(start_time) AS start_time_ns,
    release,
    toNullable(duration_ns / 1e6) AS duration,
    time_to_first_chunk_ns / 1e6 AS time_to_first_token,
    toFloat64(output_tokens) AS output_tokens,
    toFloat64(cost_usd) AS cost
FROM spans FINAL
WHERE project = {project:String}
    AND kind = 'llm'
    AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})
    AND release = if({release:String} = '', earliest, {release:String})
    AND start_time <= enough
ORDER BY start_time, trace_id, span_id
LIMIT {most:UInt32}
