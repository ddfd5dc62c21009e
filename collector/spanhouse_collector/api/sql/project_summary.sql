-- How much a project holds.
-- Parameters: project. Columns: spans, traces, cost_usd (text), first_minute_ns and last_minute_ns (Unix nanoseconds; NULL if empty).
-- Index: the primary key of spans_minute.
SELECT
    sum(spans) AS spans, sum(roots) AS traces, toString(sum(cost_usd)) AS cost_usd,
    if(spans = 0, NULL, toInt64(toUnixTimestamp(minIf(minute, m.spans > 0))) * 1000000000) AS first_minute_ns,
    if(spans = 0, NULL, toInt64(toUnixTimestamp(maxIf(minute, m.spans > 0))) * 1000000000) AS last_minute_ns
FROM spans_minute AS m FINAL
WHERE project = {project:String}
