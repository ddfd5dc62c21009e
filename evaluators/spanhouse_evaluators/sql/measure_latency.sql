-- Latency percentiles of model calls by window, model and release, written as measurements.
-- Parameters: project, windows (their starts), first and last (of them), window_s, evaluator_version, run_id.
-- Columns written: those of measurements; value in ms, details holds how many calls it stands on.
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
            if(request_model = '', response_model, request_model) AS model_name,
            release,
            count() AS n,
            quantilesExact(0.5, 0.9, 0.95, 0.99)(duration_ns) AS durations,
            countIf(time_to_first_chunk_ns IS NOT NULL) AS n_first,
            quantilesExactIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(time_to_first_chunk_ns), time_to_first_chunk_ns IS NOT NULL) AS firsts,
            countIf(time_to_first_chunk_ns IS NOT NULL AND output_tokens > 1) AS n_token,
            -- The first token has its own figure; the others share the rest of the time.
            quantilesExactIf(0.5, 0.9, 0.95, 0.99)(
                (toFloat64(duration_ns) - assumeNotNull(time_to_first_chunk_ns)) / (assumeNotNull(output_tokens) - 1),
                time_to_first_chunk_ns IS NOT NULL AND output_tokens > 1) AS tokens
        FROM spans FINAL
        WHERE project = {project:String}
            AND kind = 'llm'
            AND start_time >= {first:DateTime('UTC')}
            AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
            AND start IN {windows:Array(DateTime('UTC'))}
        GROUP BY start, model_name, release)
SELECT
    {project:String},
    'latency',
    {evaluator_version:String},
    start,
    start + toIntervalSecond({window_s:UInt32}),
    map('model', model_name, 'release', release),
    concat(figure.1, '_', rank),
    'ms',
    if(figure.2 > 0, 'scored', 'unscored'),
    if(figure.2 > 0, figure.3[rank_index] / 1e6, NULL),
    false,
    if(figure.2 > 0, '', 'no call of this window was streamed with its token count'),
    map('n', toFloat64(figure.2)),
    now64(3),
    {run_id:String}
FROM calls
ARRAY JOIN [
    ('duration', n, arrayMap(x -> toFloat64(x), durations)),
    ('time_to_first_token', n_first, arrayMap(x -> toFloat64(x), firsts)),
    ('time_per_output_token', n_token, arrayMap(x -> toFloat64(x), tokens))] AS figure
ARRAY JOIN ranks AS rank, arrayEnumerate(ranks) AS rank_index
