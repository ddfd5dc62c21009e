-- Tokens by what they were: cached, audio and reasoning tokens are parts of input and output, so they are taken out of those.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, input, audio_input (what came from no cache), cache_read, cache_write, output, audio_output, reasoning (tokens). Those of audio
-- are none where a release counted that did not tell them apart; input and output include them there.
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
WITH countIf(usage_spans > 0 AND (uncached_audio_tokens IS NULL OR audio_output_tokens IS NULL)) = 0 AS is_audio_known
SELECT
    $__timeInterval(minute) AS time,
    greatest(toInt64(sum(input_tokens)) - toInt64(ifNull(audio_input, 0)) - toInt64(cache_read) - toInt64(cache_write), 0) AS input,
    if(is_audio_known, ifNull(sum(uncached_audio_tokens), 0), NULL) AS audio_input,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_write_tokens) AS cache_write,
    greatest(toInt64(sum(output_tokens)) - toInt64(ifNull(audio_output, 0)) - toInt64(reasoning), 0) AS output,
    if(is_audio_known, ifNull(sum(audio_output_tokens), 0), NULL) AS audio_output,
    sum(reasoning_tokens) AS reasoning
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind IN ('llm', 'embedding')
GROUP BY time
HAVING sum(usage_spans) > 0
ORDER BY time
