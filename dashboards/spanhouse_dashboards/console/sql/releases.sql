-- Which releases of which service made model calls around the range, and since when. Minutes are read where no hour was merged by
-- now, and of the hour in which a release came first.
-- Parameters: project; from, to (UTC); environment, service, model ('': all). Columns: service, release, first_seen (UTC).
-- Index: spans_minute by project and minute, spans_hour by project and hour; the 50 newest.
WITH
    toStartOfHour({from:DateTime64(3, 'UTC')} + INTERVAL 3599999 MILLISECOND) AS first_hour,
    toStartOfHour(least({to:DateTime64(3, 'UTC')}, now64(3, 'UTC') - INTERVAL 2 HOUR)) AS end_hour
SELECT service, release, min(minute) AS first_seen
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE AND minute < {to:DateTime64(3, 'UTC')}
    AND (minute < first_hour OR minute >= end_hour
        OR toStartOfHour(minute) IN (
            SELECT min(hour)
            FROM spans_hour FINAL
            WHERE project = {project:String}
                AND hour >= first_hour AND hour < end_hour
                AND ({environment:String} = '' OR environment = {environment:String})
                AND ({service:String} = '' OR service = {service:String})
                AND ({model:String} = '' OR model = {model:String})
                AND spans > 0
                AND kind = 'llm'
                AND release != ''
            GROUP BY service, release))
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR {model:String} = spans_minute.model)
    AND spans > 0
    AND kind = 'llm'
    AND release != ''
GROUP BY service, release
ORDER BY first_seen DESC, release DESC
LIMIT 50
