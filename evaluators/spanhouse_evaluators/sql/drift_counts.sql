-- How many calls of each window and model fall between neighbouring edges of the frozen references, in one pass for all features
-- and segments: an edge list is the union over the segments, so that each segment's own bins are sums of what is counted here.
-- Parameters: project, release ('' for all), models (watched ones; the calls of others count as model ''), windows (their
-- starts), first and last (of them), window_s, each feature's edges (ascending, the first one -inf).
-- Columns: started_s (the window's start, Unix time), model, feature (1 to 4 for duration, time_to_first_token, output_tokens,
-- cost), edge (the lower one; NaN where the value is missing), calls; at most one row for each combination.
-- Index: the primary key of spans, by project and minute. FINAL merges within a day only, which holds every copy of a span.
WITH
    -- roundDown wants constant edges, so each feature has an expression of its own.
    [
        ifNull(roundDown(toNullable(duration_ns / 1e6), {duration_edges:Array(Float64)}), nan),
        ifNull(roundDown(time_to_first_chunk_ns / 1e6, {time_to_first_token_edges:Array(Float64)}), nan),
        ifNull(roundDown(toFloat64(output_tokens), {output_tokens_edges:Array(Float64)}), nan),
        ifNull(roundDown(toFloat64(cost_usd), {cost_edges:Array(Float64)}), nan)
    ] AS edges_met,
    if(request_model = '', response_model, request_model) AS named
SELECT
    toInt64(toUnixTimestamp(toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC'))) AS started_s,
    if(has({models:Array(String)}, named), toString(named), '') AS model,
    feature,
    edge,
    toInt64(count()) AS calls
FROM spans FINAL
ARRAY JOIN [1, 2, 3, 4]::Array(UInt8) AS feature, edges_met AS edge
WHERE project = {project:String}
    AND kind = 'llm'
    AND ({release:String} = '' OR release = {release:String})
    AND start_time >= {first:DateTime('UTC')}
    AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
GROUP BY started_s, model, feature, edge
SETTINGS do_not_merge_across_partitions_select_final = 1, max_threads = 2, max_block_size = 16384
