-- Spans of a project counted three ways: as rows, as distinct ids, and in the minute rollup.
-- Parameters: project. Columns: rows, ids, rolled_up, and the tokens and cost of the rows and of the rollup.
-- Index: the primary keys, by project.
SELECT rows, ids, rolled_up, tokens, rolled_up_tokens, cost_usd, rolled_up_cost_usd
FROM (
    SELECT count() AS rows, uniqExact(trace_id, span_id) AS ids, sum(ifNull(input_tokens, 0)) AS tokens,
        toString(sum(ifNull(cost_usd, toDecimal64(0, 12)))) AS cost_usd
    FROM spans FINAL
    WHERE project = {project:String}) AS counted
CROSS JOIN (
    SELECT sum(spans) AS rolled_up, sum(input_tokens) AS rolled_up_tokens, toString(sum(cost_usd)) AS rolled_up_cost_usd
    FROM spans_minute FINAL
    WHERE project = {project:String}) AS minutes
