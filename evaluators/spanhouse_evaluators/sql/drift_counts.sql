-- How many calls of each window fall into each bin of a frozen reference.
-- Parameters: project, model ('' for all), feature, edges (ascending, the first one -inf), after_ns (end of the reference),
-- windows (their starts), first and last (of them), window_s.
-- Columns: window_start, edge (the bin's lower one), calls.
-- Index: the primary key of spans, by project and minute.
WITH multiIf(
    {feature:String} = 'duration', toNullable(duration_ns / 1e6),
    {feature:String} = 'time_to_first_token', time_to_first_chunk_ns / 1e6,
    {feature:String} = 'output_tokens', toFloat64(output_tokens),
    {feature:String} = 'cost', toFloat64(cost_usd),
    NULL) AS measured
SELECT
    toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') AS window_start,
    roundDown(assumeNotNull(measured), {edges:Array(Float64)}) AS edge,
    count() AS calls
FROM spans FINAL
WHERE project = {project:String}
    AND kind = 'llm'
    AND ({model:String} = '' OR if(request_model = '', response_model, request_model) = {model:String})
    AND start_time > fromUnixTimestamp64Nano({after_ns:Int64}, 'UTC')
    AND start_time >= {first:DateTime('UTC')}
    AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
    AND measured IS NOT NULL
GROUP BY window_start, edge
ORDER BY window_start, edge
