-- Share of retrievals that did not fail.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: success_share (0 to 1, none without retrievals).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT if(sum(spans) = 0, NULL, 1 - sum(errors) / sum(spans)) AS success_share
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'retriever'
