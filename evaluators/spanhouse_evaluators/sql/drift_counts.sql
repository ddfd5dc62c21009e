-- How many model calls of each window and segment fall between neighbouring edges of the frozen references, in one pass for all
-- features: an edge list is the union over the segments, so that each segment's own bins are sums of what is counted here.
-- Parameters: project, release ('' for all), models, providers, prompts, releases, services (watched ones; the calls of others
-- count as ''), windows (their starts), first and last (of them), window_s, each feature's edges (ascending, as integers that the
-- store keeps: ns, tokens, 1e-12 USD, bytes; the first one below all) and slots (their number and one), names of models that answered,
-- and their slots (their number and two).
-- Columns: started_s (the window's start, Unix time), key and value (of the segment; value is '' for calls whose own is not watched, so
-- that those of any key together are all calls), and for each feature how many calls are missing it and how many lie from each edge to
-- the next; for model_mix none, those of each name, others.
-- Index: the primary key of spans, by project and minute. FINAL merges within a day only, which holds every copy of a span.
SELECT
    started_s,
    -- A column is 0 where it is not of the grouping set, and where its value is not watched.
    multiIf(grouping(model) = 0, 'model', grouping(provider) = 0, 'provider', grouping(prompt) = 0, 'prompt', grouping(released) = 0, 'release',
        'service') AS key,
    concat({models:Array(String)}[model], {providers:Array(String)}[provider], {prompts:Array(String)}[prompt], {releases:Array(String)}[released],
        {services:Array(String)}[service]) AS value,
    -- Arrays of counters by slot: a hash table of values would cost several times as much. Each segment has its own: counters for each
    -- combination of the columns are more than the processor's cache holds, and have to be added up.
    countResample(0, {duration_slots:UInt32}, 1)(duration_slot) AS duration,
    countResample(0, {time_to_first_token_slots:UInt32}, 1)(time_to_first_token_slot) AS time_to_first_token,
    countResample(0, {input_tokens_slots:UInt32}, 1)(input_tokens_slot) AS input_tokens,
    countResample(0, {output_tokens_slots:UInt32}, 1)(output_tokens_slot) AS output_tokens,
    countResample(0, {cost_slots:UInt32}, 1)(cost_slot) AS cost,
    countResample(0, {input_length_slots:UInt32}, 1)(input_length_slot) AS input_length,
    countResample(0, {output_length_slots:UInt32}, 1)(output_length_slot) AS output_length,
    countResample(0, {model_mix_slots:UInt32}, 1)(model_mix_slot) AS model_mix
FROM (
    SELECT
        toInt64(toUnixTimestamp(toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC'))) AS started_s,
        if(request_model = '', response_model, request_model) AS asked,
        -- Places among the watched ones: grouping by names would take twice as long.
        transform(asked, {models:Array(String)}, arrayEnumerate({models:Array(String)}), toUInt32(0)) AS model,
        transform(spans.provider, {providers:Array(String)}, arrayEnumerate({providers:Array(String)}), toUInt32(0)) AS provider,
        transform(prompt_name, {prompts:Array(String)}, arrayEnumerate({prompts:Array(String)}), toUInt32(0)) AS prompt,
        transform(release, {releases:Array(String)}, arrayEnumerate({releases:Array(String)}), toUInt32(0)) AS released,
        transform(spans.service, {services:Array(String)}, arrayEnumerate({services:Array(String)}), toUInt32(0)) AS service,
        -- roundDown wants constant edges, so each feature has an expression of its own. Slot 0 is for what is missing, found
        -- by a factor: searching Nullable numbers takes half as long again.
        transform(roundDown(duration_ns, {duration_edges:Array(Int64)}),
            {duration_edges:Array(Int64)}, arrayEnumerate({duration_edges:Array(Int64)}), toUInt32(0)) AS duration_slot,
        isNotNull(time_to_first_chunk_ns) * transform(roundDown(assumeNotNull(time_to_first_chunk_ns), {time_to_first_token_edges:Array(UInt64)}),
            {time_to_first_token_edges:Array(UInt64)}, arrayEnumerate({time_to_first_token_edges:Array(UInt64)}), toUInt32(0)) AS time_to_first_token_slot,
        isNotNull(spans.input_tokens) * transform(roundDown(assumeNotNull(spans.input_tokens), {input_tokens_edges:Array(UInt64)}),
            {input_tokens_edges:Array(UInt64)}, arrayEnumerate({input_tokens_edges:Array(UInt64)}), toUInt32(0)) AS input_tokens_slot,
        isNotNull(spans.output_tokens) * transform(roundDown(assumeNotNull(spans.output_tokens), {output_tokens_edges:Array(UInt64)}),
            {output_tokens_edges:Array(UInt64)}, arrayEnumerate({output_tokens_edges:Array(UInt64)}), toUInt32(0)) AS output_tokens_slot,
        isNotNull(cost_usd) * transform(roundDown(reinterpretAsInt64(assumeNotNull(cost_usd)), {cost_edges:Array(Int64)}),
            {cost_edges:Array(Int64)}, arrayEnumerate({cost_edges:Array(Int64)}), toUInt32(0)) AS cost_slot,
        (input_bytes != 0) * transform(roundDown(input_bytes, {input_length_edges:Array(UInt64)}),
            {input_length_edges:Array(UInt64)}, arrayEnumerate({input_length_edges:Array(UInt64)}), toUInt32(0)) AS input_length_slot,
        (output_bytes != 0) * transform(roundDown(output_bytes, {output_length_edges:Array(UInt64)}),
            {output_length_edges:Array(UInt64)}, arrayEnumerate({output_length_edges:Array(UInt64)}), toUInt32(0)) AS output_length_slot,
        transform(toString(if(response_model = '', request_model, response_model)), {model_mix_names:Array(String)},
            arrayEnumerate({model_mix_names:Array(String)}), toUInt32({model_mix_slots:UInt32} - 1)) AS model_mix_slot
    FROM spans FINAL
    WHERE project = {project:String}
        AND kind = 'llm'
        AND ({release:String} = '' OR release = {release:String})
        AND start_time >= {first:DateTime('UTC')}
        AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
        AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
)
GROUP BY GROUPING SETS ((started_s, model), (started_s, provider), (started_s, prompt), (started_s, released), (started_s, service))
SETTINGS max_threads = 2, max_block_size = 16384
