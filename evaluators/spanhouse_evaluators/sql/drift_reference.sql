-- The calls that make a frozen reference: the first ones of one release.
-- Parameters: project, model ('' for all), release ('' for that of the earliest call), most (calls at most).
-- Columns: start_time_ns, release, duration (ms), time_to_first_token (ms), output_tokens, cost (USD); NULL where not measured.
-- Index: the primary key of spans, by project; read once a reference.
WITH
    (SELECT argMin(release, start_time) FROM spans
        WHERE project = {project:String} AND kind = 'llm'
            AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})) AS earliest
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
ORDER BY start_time, trace_id, span_id
LIMIT {most:UInt32}
