-- Fills spans_minute from the spans as they are, once, for seeded data.
-- Columns: those of spans_minute.
INSERT INTO spans_minute
SELECT
    project, toStartOfMinute(start_time) AS minute, service, environment, release, kind, operation, provider,
    if(response_model = '', request_model, response_model) AS model_name, prompt_name, prompt_version,
    count() AS spans,
    countIf(status_code = 'Error') AS errors,
    countIf(parent_span_id = '') AS roots,
    sum(coalesce(input_tokens, 0)),
    sum(coalesce(output_tokens, 0)),
    sum(coalesce(cache_read_tokens, 0)),
    sum(coalesce(cache_write_tokens, 0)),
    sum(coalesce(reasoning_tokens, 0)),
    countIf(input_tokens IS NOT NULL OR output_tokens IS NOT NULL),
    sum(coalesce(cost_usd, 0)),
    countIf(cost_usd IS NOT NULL),
    quantilesTDigestState(0.5, 0.9, 0.95, 0.99)(duration_ns),
    sum(duration_ns),
    quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(assumeNotNull(time_to_first_chunk_ns), time_to_first_chunk_ns IS NOT NULL),
    countIf(time_to_first_chunk_ns IS NOT NULL),
    1
FROM spans FINAL
GROUP BY project, minute, service, environment, release, kind, operation, provider, model_name, prompt_name, prompt_version
