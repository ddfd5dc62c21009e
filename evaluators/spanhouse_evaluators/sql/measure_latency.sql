-- Latency percentiles of model calls by window, written as measurements: by model and release, by provider, and by prompt.
-- Parameters: project, windows (their starts), first and last (of them), window_s, evaluator_version, run_id.
-- Columns written: those of measurements; value in ms or tokens/s, details holds how many calls it stands on.
-- Index: the primary key of spans, by project and minute.
INSERT INTO measurements
(
    project, evaluator, evaluator_version, window_start, window_end, segment, name, unit, status, value, alarm, reason, details,
    measured_at, run_id
)
WITH
    ['p50', 'p90', 'p95', 'p99'] AS ranks,
    calls AS (
        SELECT
            toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') AS start,
            segment,
            count() AS n,
            quantilesExact(0.5, 0.9, 0.95, 0.99)(duration_ns) AS durations,
            countIf(time_to_first_chunk_ns IS NOT NULL) AS n_first,
            quantilesExactIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(time_to_first_chunk_ns), time_to_first_chunk_ns IS NOT NULL) AS firsts,
            countIf(time_to_first_chunk_ns IS NOT NULL AND output_tokens > 1) AS n_token,
            -- The first token has its own figure; the others share the rest of the time.
            quantilesExactIf(0.5, 0.9, 0.95, 0.99)(
                (toFloat64(duration_ns) - assumeNotNull(time_to_first_chunk_ns)) / (assumeNotNull(output_tokens) - 1),
                time_to_first_chunk_ns IS NOT NULL AND output_tokens > 1) AS tokens,
            countIf(output_tokens > 0 AND duration_ns > 0) AS n_speed,
            quantilesExactIf(0.5, 0.9, 0.95, 0.99)(
                assumeNotNull(output_tokens) * 1e9 / duration_ns, output_tokens > 0 AND duration_ns > 0) AS speeds
        FROM spans FINAL
        ARRAY JOIN arrayFilter(s -> s['provider'] != '' OR s['prompt'] != '' OR mapContains(s, 'model'), [
            map('model', toString(if(request_model = '', response_model, request_model)), 'release', toString(release)),
            map('provider', toString(provider)),
            map('prompt', toString(prompt_name), 'version', toString(prompt_version))]) AS segment
        WHERE project = {project:String}
            AND kind = 'llm'
            AND start_time >= {first:DateTime('UTC')}
            AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
            AND start IN {windows:Array(DateTime('UTC'))}
        GROUP BY start, segment)
SELECT
    {project:String},
    'latency',
    {evaluator_version:String},
    start,
    start + toIntervalSecond({window_s:UInt32}),
    segment,
    concat(figure.1, '_', rank),
    figure.4,
    if(figure.2 > 0, 'scored', 'unscored'),
    if(figure.2 > 0, figure.3[rank_index], NULL),
    false,
    if(figure.2 > 0, '', 'no call of this window reported what this takes'),
    map('n', toFloat64(figure.2)),
    now64(3),
    {run_id:String}
FROM calls
ARRAY JOIN [
    ('duration', n, arrayMap(x -> x / 1e6, durations), 'ms'),
    ('time_to_first_token', n_first, arrayMap(x -> x / 1e6, firsts), 'ms'),
    ('time_per_output_token', n_token, arrayMap(x -> x / 1e6, tokens), 'ms'),
    ('output_tokens_per_second', n_speed, arrayMap(x -> toFloat64(x), speeds), 'tokens/s')] AS figure
ARRAY JOIN ranks AS rank, arrayEnumerate(ranks) AS rank_index
