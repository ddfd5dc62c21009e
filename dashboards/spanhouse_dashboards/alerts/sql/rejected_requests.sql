-- Requests that could not be stored, by reason.
-- Parameters: the range, project, minimum_sample (requests).
-- Columns: signal, reason, value (count).
-- Leans on dead_letters' order (project, time).
SELECT
    /*+ moment, */
    signal,
    reason,
    toFloat64(count()) AS value
FROM dead_letters
/*+ ARRAY JOIN $__moments(failed_at) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(failed_at) */
    AND $__timeFilter(failed_at)
GROUP BY /*+ moment, */ signal, reason
HAVING count() >= ${minimum_sample}
ORDER BY signal, reason
