-- Each guardrail: how often it looked, how often it objected, how long it took.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: guardrail, service, checks (count), objected_share (0 to 1, failed checks included), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    guardrail,
    service,
    count() AS checks,
    countIf(is_objection) / checks AS objected_share,
    countIf(is_failed) / checks AS error_rate,
    quantileTDigest(0.5)(duration_ns) / 1e6 AS p50,
    quantileTDigest(0.95)(duration_ns) / 1e6 AS p95
FROM (
    -- @include guardrail_checks
)
GROUP BY guardrail, service
ORDER BY checks DESC, guardrail, service
LIMIT 50
