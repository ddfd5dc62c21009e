-- Recomputes the rollup of whole minutes from the deduplicated spans.
-- Parameters: projects and minutes (parallel lists, the minutes to recompute), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans and spans_minute, by project and minute.
-- Groups that exist and have no spans any more are written with spans = 0, so that they do not keep their old figures.
-- A span that ends before it starts (a clock that was set back) is counted, and its duration is not.
INSERT INTO spans_minute
(
    project, minute, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version, spans, errors,
    roots, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_spans, cost_usd,
    priced_spans, duration_ns, duration_sum_ns, time_to_first_chunk_ns, first_chunk_spans,
    time_to_first_chunk_sum_ns, uncached_audio_tokens, audio_output_tokens, version
)
WITH
    (SELECT min(arrayJoin({minutes:Array(DateTime('UTC'))}))) AS first_minute,
    (SELECT max(arrayJoin({minutes:Array(DateTime('UTC'))}))) AS last_minute,
    wanted AS (SELECT p, m FROM (SELECT arrayZip({projects:Array(String)}, {minutes:Array(DateTime('UTC'))}) AS pairs) ARRAY JOIN pairs.1 AS p, pairs.2 AS m),
    -- An agent's usage repeats that of the calls below it, and a call may be reported twice, so roll-ups are not summed.
    rows AS (
        SELECT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute, service, environment, release, kind, operation, provider, model,
            prompt_name, prompt_version, 1 AS spans, status_code = 'Error' AS is_error, parent_span_id = '' AS is_root,
            cost_status != 'roll_up' AS is_leaf,
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd, duration_ns, time_to_first_chunk_ns,
            uncached_audio_tokens, audio_output_tokens
        FROM spans FINAL
        WHERE start_time >= first_minute AND start_time < last_minute + INTERVAL 1 MINUTE
            AND (project, toStartOfMinute(start_time)) IN (SELECT p, m FROM wanted)
        UNION ALL
        SELECT project, minute, service, environment, release, kind, operation, provider, model,
            prompt_name, prompt_version, 0, false, false, false, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL
        FROM spans_minute FINAL
        WHERE minute >= first_minute AND minute <= last_minute AND (project, minute) IN (SELECT p, m FROM wanted))
SELECT
    project, minute, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version,
    sum(rows.spans),
    countIf(is_error),
    countIf(is_root),
    sumIf(ifNull(rows.input_tokens, 0), is_leaf),
    sumIf(ifNull(rows.output_tokens, 0), is_leaf),
    sumIf(ifNull(rows.cache_read_tokens, 0), is_leaf),
    sumIf(ifNull(rows.cache_write_tokens, 0), is_leaf),
    sumIf(ifNull(rows.reasoning_tokens, 0), is_leaf),
    countIf(is_leaf AND (rows.input_tokens IS NOT NULL OR rows.output_tokens IS NOT NULL)),
    sum(ifNull(rows.cost_usd, toDecimal64(0, 12))),
    countIf(rows.cost_usd IS NOT NULL),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(rows.duration_ns, rows.spans = 1 AND rows.duration_ns >= 0),
    sumIf(rows.duration_ns, rows.spans = 1 AND rows.duration_ns >= 0),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(rows.time_to_first_chunk_ns), rows.time_to_first_chunk_ns IS NOT NULL),
    countIf(rows.time_to_first_chunk_ns IS NOT NULL),
    sum(ifNull(rows.time_to_first_chunk_ns, 0)),
    -- A part is no more than its whole, whatever a sender writes.
    sumIf(least(ifNull(rows.uncached_audio_tokens, 0), ifNull(rows.input_tokens, 0)), is_leaf),
    sumIf(least(ifNull(rows.audio_output_tokens, 0), ifNull(rows.output_tokens, 0)), is_leaf),
    {version:UInt64}
FROM rows
GROUP BY project, minute, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version
-- @include recomputing_minutes
