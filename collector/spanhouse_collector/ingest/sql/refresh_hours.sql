-- Merges the minutes of whole hours.
-- Parameters: projects and hours (parallel lists, the hours to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans_minute, by project and minute.
-- Minutes keep a row for each group that they ever had, so groups that have emptied are written with spans = 0.
INSERT INTO spans_hour
(
    project, hour, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version, spans, errors,
    roots, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_spans, cost_usd,
    priced_spans, duration_ns, duration_sum_ns, time_to_first_chunk_ns, first_chunk_spans,
    time_to_first_chunk_sum_ns, uncached_audio_tokens, audio_output_tokens, version
)
WITH
    -- @include wanted_hours
SELECT
    project, toStartOfHour(minute) AS hour, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version,
    sum(minutes.spans),
    sum(minutes.errors),
    sum(minutes.roots),
    sum(minutes.input_tokens),
    sum(minutes.output_tokens),
    sum(minutes.cache_read_tokens),
    sum(minutes.cache_write_tokens),
    sum(minutes.reasoning_tokens),
    sum(minutes.usage_spans),
    sum(minutes.cost_usd),
    sum(minutes.priced_spans),
    quantilesTDigestMergeState(0.5, 0.9, 0.95, 0.99)(minutes.duration_ns),
    sum(minutes.duration_sum_ns),
    quantilesTDigestMergeState(0.5, 0.9, 0.95, 0.99)(minutes.time_to_first_chunk_ns),
    sum(minutes.first_chunk_spans),
    if(countIf(minutes.first_chunk_spans > 0 AND minutes.time_to_first_chunk_sum_ns IS NULL) > 0, NULL, ifNull(sum(minutes.time_to_first_chunk_sum_ns), 0)),
    if(countIf(minutes.usage_spans > 0 AND minutes.uncached_audio_tokens IS NULL) > 0, NULL, ifNull(sum(minutes.uncached_audio_tokens), 0)),
    if(countIf(minutes.usage_spans > 0 AND minutes.audio_output_tokens IS NULL) > 0, NULL, ifNull(sum(minutes.audio_output_tokens), 0)),
    {version:UInt64}
FROM spans_minute AS minutes FINAL
WHERE minute >= first_hour AND minute < last_hour + INTERVAL 1 HOUR
    AND (project, toStartOfHour(minute)) IN (SELECT p, h FROM wanted)
GROUP BY project, hour, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version
-- @include storing
