-- Minutes that a decoded batch touches, whose rollup must be recomputed.
-- Parameters: staging, the batch. Columns: project, minute, spans.
SELECT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute, count() AS spans
FROM {staging:Identifier}
GROUP BY project, minute
