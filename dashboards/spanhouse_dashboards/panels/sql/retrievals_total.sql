-- Retrievals in the range.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: retrievals (count).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT sum(spans) AS retrievals
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'retriever'
