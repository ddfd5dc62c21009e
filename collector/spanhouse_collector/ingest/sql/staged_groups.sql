-- What the steps that store a decoded batch of spans must know of it, in one pass.
-- Parameters: staging, the batch. Columns: project, minute, provider, model and stays (whether the rows are stored as they are: others
-- take the place of those that are translated), which make a group; of each group, untranslated (such rows),
-- with_usage (rows with tokens), calls, first and last (when these are).
-- Index: none; a batch is read whole.
SELECT
    project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute, provider,
    if(response_model = '', request_model, response_model) AS model,
    NOT needs_translation AS stays,
    countIf(needs_translation) AS untranslated,
    countIf(input_tokens IS NOT NULL OR output_tokens IS NOT NULL) AS with_usage,
    countIf(kind = 'llm') AS calls,
    minIf(start_time, kind = 'llm') AS first,
    -- Parameters are cut off to microseconds.
    maxIf(start_time + toIntervalNanosecond(greatest(duration_ns, 0)), kind = 'llm') + toIntervalMillisecond(1) AS last
FROM {staging:Identifier}
GROUP BY project, minute, provider, model, stays
