-- Share of its checks in which each guardrail objected.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, guardrail, objected_share (0 to 1).
-- Leans on the order of spans (project, minute) and its days.
SELECT $__timeInterval(start_time) AS time, guardrail, countIf(is_objection) / count() AS objected_share
FROM (
    -- @include guardrail_checks
)
GROUP BY time, guardrail
ORDER BY time, guardrail
