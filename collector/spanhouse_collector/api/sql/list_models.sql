-- Models that a project called, by name, one page.
-- Parameters: project; unpriced (only those with usage whose price is not known); after_key (the last row of the page before), limit.
-- Columns: provider, model, spans, usage_spans, priced_spans, cost_usd (text), first_minute_ns, last_minute_ns (Unix nanoseconds),
-- key (model and provider).
-- Index: the primary key of spans_minute, by project.
SELECT
    provider, model, sum(m.spans) AS spans, sum(m.usage_spans) AS usage_spans, sum(m.priced_spans) AS priced_spans,
    toString(sum(m.cost_usd)) AS cost_usd,
    toInt64(toUnixTimestamp(min(minute))) * 1000000000 AS first_minute_ns,
    toInt64(toUnixTimestamp(max(minute))) * 1000000000 AS last_minute_ns,
    concat(model, char(0), provider) AS key
FROM spans_minute AS m FINAL
WHERE project = {project:String}
    AND model != ''
    AND m.spans > 0
    AND concat(model, char(0), provider) > {after_key:String}
GROUP BY provider, model
HAVING NOT {unpriced:Bool} OR usage_spans > priced_spans
ORDER BY key
LIMIT {limit:UInt32}
