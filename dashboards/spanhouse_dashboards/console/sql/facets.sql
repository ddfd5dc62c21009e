-- The values that filters offer: those seen in the range. Of hours that were merged by now one row stands for sixty.
-- Parameters: project; from, to (UTC). Columns: environment, service, model, release, each an array of at most 100 names in order.
-- Index: spans_minute by project and minute, spans_hour by project and hour.
WITH
    toStartOfHour({from:DateTime64(3, 'UTC')} + INTERVAL 3599 SECOND) AS first_hour,
    toStartOfHour(least({to:DateTime64(3, 'UTC')}, now64(3, 'UTC') - INTERVAL 2 HOUR)) AS end_hour
SELECT
    arraySort(groupUniqArrayIf(100)(environment, environment != '')) AS environment,
    arraySort(groupUniqArrayIf(100)(service, service != '')) AS service,
    arraySort(groupUniqArrayIf(100)(model, model != '')) AS model,
    arraySort(groupUniqArrayIf(100)(release, release != '')) AS release
FROM (
    SELECT environment, service, model, release
    FROM spans_minute FINAL
    WHERE project = {project:String}
        AND minute >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE AND minute < {to:DateTime64(3, 'UTC')}
        AND (minute < first_hour OR minute >= end_hour)
        AND spans > 0
    UNION ALL
    SELECT environment, service, model, release
    FROM spans_hour FINAL
    WHERE project = {project:String} AND hour >= first_hour AND hour < end_hour AND spans > 0
)
-- Few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
