-- Which releases of which service made model calls around the range, and since when.
-- Parameters: project; from, to (UTC); environment, service, model ('': all). Columns: service, release, first_seen (UTC), calls.
-- Index: spans_minute by project and minute; the 50 newest.
SELECT service, release, min(minute) AS first_seen, sum(spans) AS calls
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE AND minute < {to:DateTime64(3, 'UTC')}
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR {model:String} = spans_minute.model)
    AND spans > 0
    AND kind = 'llm'
    AND release != ''
GROUP BY service, release
ORDER BY first_seen DESC, release DESC
LIMIT 50
