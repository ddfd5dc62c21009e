-- The values that filters offer: those seen in the range.
-- Parameters: project; from, to (UTC). Columns: environment, service, model, release, each an array of at most 100 names in order.
-- Index: spans_minute by project and minute.
SELECT
    arraySort(groupUniqArrayIf(100)(environment, environment != '')) AS environment,
    arraySort(groupUniqArrayIf(100)(service, service != '')) AS service,
    arraySort(groupUniqArrayIf(100)(model, model != '')) AS model,
    arraySort(groupUniqArrayIf(100)(release, release != '')) AS release
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE AND minute < {to:DateTime64(3, 'UTC')}
    AND spans > 0
