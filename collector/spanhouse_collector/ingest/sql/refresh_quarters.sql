-- Merges the hours of whole quarters of days.
-- Parameters: projects and quarters (parallel lists, the quarters to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with spans = 0.
INSERT INTO spans_quarter
(
    project, quarter, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version, spans,
    errors, roots, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_spans,
    cost_usd, priced_spans, duration_ns, duration_sum_ns, time_to_first_chunk_ns, first_chunk_spans,
    time_to_first_chunk_sum_ns, uncached_audio_tokens, audio_output_tokens, version
)
WITH
    -- @include wanted_quarters
SELECT
    project, toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version,
    sum(hours.spans),
    sum(hours.errors),
    sum(hours.roots),
    sum(hours.input_tokens),
    sum(hours.output_tokens),
    sum(hours.cache_read_tokens),
    sum(hours.cache_write_tokens),
    sum(hours.reasoning_tokens),
    sum(hours.usage_spans),
    sum(hours.cost_usd),
    sum(hours.priced_spans),
    quantilesTDigestMergeState(0.5, 0.9, 0.95, 0.99)(hours.duration_ns),
    sum(hours.duration_sum_ns),
    quantilesTDigestMergeState(0.5, 0.9, 0.95, 0.99)(hours.time_to_first_chunk_ns),
    sum(hours.first_chunk_spans),
    if(countIf(hours.first_chunk_spans > 0 AND hours.time_to_first_chunk_sum_ns IS NULL) > 0, NULL, ifNull(sum(hours.time_to_first_chunk_sum_ns), 0)),
    if(countIf(hours.usage_spans > 0 AND hours.uncached_audio_tokens IS NULL) > 0, NULL, ifNull(sum(hours.uncached_audio_tokens), 0)),
    if(countIf(hours.usage_spans > 0 AND hours.audio_output_tokens IS NULL) > 0, NULL, ifNull(sum(hours.audio_output_tokens), 0)),
    {version:UInt64}
FROM spans_hour AS hours FINAL
WHERE hour >= first_quarter AND hour < last_quarter + INTERVAL 6 HOUR
    AND (project, toStartOfInterval(hour, INTERVAL 6 HOUR)) IN (SELECT p, q FROM wanted)
GROUP BY project, quarter, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version
-- @include storing
