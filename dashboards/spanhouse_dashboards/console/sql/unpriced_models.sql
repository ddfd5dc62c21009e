-- Models that were called with usage and have no known price, so their cost is missing from every total.
-- Parameters: project; from, to (UTC). Columns: provider, model, calls, tokens, newest (UTC).
-- Index: spans by project and minute; at most 50 rows.
SELECT
    toString(s.provider) AS provider,
    toString(s.model) AS model,
    count() AS calls,
    sum(coalesce(s.input_tokens, 0) + coalesce(s.output_tokens, 0)) AS tokens,
    max(s.start_time) AS newest
FROM spans AS s FINAL
WHERE s.project = {project:String}
    AND s.start_time >= {from:DateTime64(3, 'UTC')} AND s.start_time < {to:DateTime64(3, 'UTC')}
    AND s.cost_status = 'unknown_model'
    -- A newer copy may have a price, so FINAL reads all columns of what it looks at: here of minutes that had such a span at all.
    AND toStartOfMinute(s.start_time) IN (
        SELECT DISTINCT toStartOfMinute(start_time)
        FROM spans
        WHERE project = {project:String}
            AND start_time >= {from:DateTime64(3, 'UTC')} AND start_time < {to:DateTime64(3, 'UTC')}
            AND cost_status = 'unknown_model')
GROUP BY provider, model
ORDER BY calls DESC, provider, model
LIMIT 50
