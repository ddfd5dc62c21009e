-- The spans that make a frozen reference: the first ones of one release.
-- Parameters: project, kind (llm or tool), key and value (of the segment: model, provider, prompt, release, service; '' for all),
-- release ('' for that of the earliest call), most (calls at most), within_s (how long after the segment's first call, seconds; 0: for ever).
-- Columns: start_time_ns, release, duration (ms), time_to_first_token (ms), input_tokens, output_tokens, cost (USD), input_length
-- and output_length (bytes of messages), NULL where not measured; model_mix (the model that answered), tool_mix (the tool's name).
-- Index: the primary key of spans, by project and minute, read in its order until there are enough rows: that takes an ORDER BY of
-- the minute alone. FINAL would read all.
WITH
    (SELECT min(start) FROM (
        SELECT toStartOfMinute(start_time) AS start FROM spans
        WHERE project = {project:String} AND kind = {kind:String} AND ({release:String} = '' OR release = {release:String})
            AND ({key:String} = '' OR {value:String} = multiIf({key:String} = 'model', if(request_model = '', response_model, request_model),
                {key:String} = 'provider', provider, {key:String} = 'prompt', prompt_name, {key:String} = 'service', service, release))
        ORDER BY toStartOfMinute(start_time) LIMIT 1)) AS first_minute,
    (SELECT argMin(release, start_time) FROM spans
        WHERE project = {project:String} AND kind = {kind:String}
            AND ({key:String} = '' OR {value:String} = multiIf({key:String} = 'model', if(request_model = '', response_model, request_model),
                {key:String} = 'provider', provider, {key:String} = 'prompt', prompt_name, {key:String} = 'service', service, release))
            AND start_time >= first_minute AND start_time < first_minute + INTERVAL 1 MINUTE) AS earliest,
    -- Copies count as rows here: only where each span was stored more than four times are there fewer calls than asked for.
    (SELECT max(start) + INTERVAL 1 MINUTE FROM (
        SELECT toStartOfMinute(start_time) AS start FROM spans
        WHERE project = {project:String} AND kind = {kind:String}
            AND ({key:String} = '' OR {value:String} = multiIf({key:String} = 'model', if(request_model = '', response_model, request_model),
                {key:String} = 'provider', provider, {key:String} = 'prompt', prompt_name, {key:String} = 'service', service, release))
            AND release = if({release:String} = '', earliest, {release:String})
            AND ({within_s:UInt32} = 0 OR start_time >= first_minute AND start_time < first_minute + toIntervalSecond({within_s:UInt32}))
        ORDER BY toStartOfMinute(start_time) LIMIT 4 * {most:UInt32})) AS enough
SELECT
    toUnixTimestamp64Nano(start_time) AS start_time_ns,
    toString(release) AS release,
    toNullable(duration_ns / 1e6) AS duration,
    time_to_first_chunk_ns / 1e6 AS time_to_first_token,
    toFloat64(spans.input_tokens) AS input_tokens,
    toFloat64(spans.output_tokens) AS output_tokens,
    toFloat64(cost_usd) AS cost,
    toFloat64(nullIf(input_bytes, 0)) AS input_length,
    toFloat64(nullIf(output_bytes, 0)) AS output_length,
    toString(if(response_model = '', request_model, response_model)) AS model_mix,
    toString(tool_name) AS tool_mix
FROM spans FINAL
WHERE project = {project:String}
    AND kind = {kind:String}
    AND ({key:String} = '' OR {value:String} = multiIf({key:String} = 'model', if(request_model = '', response_model, request_model),
        {key:String} = 'provider', provider, {key:String} = 'prompt', prompt_name, {key:String} = 'service', service, release))
    AND spans.release = if({release:String} = '', earliest, {release:String})
    AND start_time >= first_minute
    AND start_time < enough
ORDER BY start_time, trace_id, span_id
LIMIT {most:UInt32}
-- Two of these run at once.
SETTINGS max_threads = 1, read_in_order_two_level_merge_threshold = 1
