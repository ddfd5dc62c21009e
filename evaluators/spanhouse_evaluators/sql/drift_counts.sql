-- How many calls of each window fall into each bin of the frozen references of one segment, all features in one pass.
-- Parameters: project, model ('' for all), windows (their starts), first and last (of them), window_s; for each feature its
-- reference's edges (ascending, the first one -inf; that one alone where there is no reference) and the end of the reference
-- in after_ns, in the order duration, time_to_first_token, output_tokens, cost.
-- Columns: window_start, feature (1 to 4 in that order), edge (the bin's lower one), calls.
-- Index: the primary key of spans, by project and minute.
WITH
    -- roundDown wants constant edges, so each feature has an expression of its own. NaN stands for not counted.
    [
        ifNull(roundDown(toNullable(duration_ns / 1e6), {duration_edges:Array(Float64)}), nan),
        ifNull(roundDown(time_to_first_chunk_ns / 1e6, {time_to_first_token_edges:Array(Float64)}), nan),
        ifNull(roundDown(toFloat64(output_tokens), {output_tokens_edges:Array(Float64)}), nan),
        ifNull(roundDown(toFloat64(cost_usd), {cost_edges:Array(Float64)}), nan)
    ] AS edges_met,
    arrayMap(end_ns -> toUnixTimestamp64Nano(start_time) > end_ns, {after_ns:Array(Int64)}) AS is_after
SELECT
    toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') AS window_start,
    feature,
    edge,
    count() AS calls
FROM spans FINAL
ARRAY JOIN [1, 2, 3, 4]::Array(UInt8) AS feature, edges_met AS edge, is_after AS counts
WHERE project = {project:String}
    AND kind = 'llm'
    AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})
    AND start_time >= {first:DateTime('UTC')}
    AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
    AND counts
    AND NOT isNaN(edge)
GROUP BY window_start, feature, edge
ORDER BY window_start, feature, edge
