-- Requests that could not be stored, with the reason; they are kept whole for 30 days.
-- Parameters: the range and interval, project; such requests were not decoded, so no filter applies.
-- Columns: time, signal, reason, requests (count).
-- Leans on dead_letters' order (project, time).
SELECT
    $__timeInterval(failed_at) AS time,
    signal,
    reason,
    count() AS requests
FROM dead_letters
WHERE project = ${project:singlequote}
    AND $__timeFilter(failed_at)
GROUP BY time, signal, reason
ORDER BY time, signal, reason
