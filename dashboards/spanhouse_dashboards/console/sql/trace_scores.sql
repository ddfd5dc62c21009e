-- All that was said about a trace, its spans and its session: scores, failures, and why there is none.
-- Parameters: project; trace; session ('': none); start_ns (Unix nanoseconds, the trace's begin).
-- Columns: target, span_id, name, source, evaluator, evaluator_version, status, value, label, explanation, reason, scored_at,
-- cost_usd. Index: traces and sessions of scores; at most 2,000 rows, the newest first within a name.
-- There is no upper end in time: what a person or an application says has the time of saying it, which may be weeks later.
SELECT
    target,
    span_id,
    name,
    source,
    evaluator,
    evaluator_version,
    status,
    value,
    label,
    explanation,
    reason,
    scored_at,
    toFloat64(cost_usd) AS cost_usd
FROM scores FINAL
-- What is said twice has the same ids, so they may be compared before FINAL; the other columns are then read for few rows.
PREWHERE trace_id = {trace:String} OR ({session:String} != '' AND session_id = {session:String})
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC') - INTERVAL 1 DAY
    AND (trace_id = {trace:String} OR target = 'session')
ORDER BY name, scored_at DESC
LIMIT 2000
-- A few rows: a second thread, reading in order and reading columns in a second step each cost more than they save.
SETTINGS max_threads = 1, optimize_read_in_order = 0, query_plan_optimize_lazy_materialization = 0
