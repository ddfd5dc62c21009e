-- How far each watched feature and segment has moved, if its newest windows all raised the drift alarm; else 0. Where models are
-- compared one by one, a feature of all calls says nothing more: it moves with the mix of models, which is another by night. So each
-- feature counts by the first of model, service, prompt, provider and release that it was compared by: one change is then told once.
-- What cannot differ within a model or a service, such as the only model that a service calls, has no row there; that it differs
-- between them is no change, so coarser rows count only where nothing was compared by model or service at all. Topics, what questions are about, are of all calls alone, and tools of services.
-- Parameters: the range (in which models may have been compared), project, recent_s (its last part, in which windows count, seconds),
-- windows (in a row), minimum_sample (windows).
-- Columns: feature, slice, value (share of calls that moved past some point, 0 to 1; the least of the newest windows').
-- Leans on measurements' order (project, evaluator, name, window).
WITH
    series AS (
        SELECT
            $__toTime AS until,
            name AS feature,
            segment,
            arrayReverseSort(groupArrayIf((window_end, if(alarm, ifNull(measurements.value, 0), 0)), window_end > until - INTERVAL ${recent_s} SECOND)) AS recent,
            toFloat64(arrayMin(pair -> pair.2, arraySlice(recent, 1, ${windows}))) AS value
        FROM measurements FINAL
        /*+ ARRAY JOIN $__moments(window_end) AS moment */
        WHERE project = ${project:singlequote}
            /*+ AND $__replayed(window_end) */
            AND evaluator = 'drift'
            AND $__timeFilter(window_end)
            AND status = 'scored'
        GROUP BY until, feature, segment
    ),
    compared AS (
        SELECT
            until,
            feature,
            segment,
            length(recent) AS windows,
            value,
            indexOf(['model', 'service', 'prompt', 'provider', 'release', ''], mapKeys(segment)[1]) AS place,
            min(place) OVER (PARTITION BY until, feature) AS first_place,
            min(place) OVER (PARTITION BY until) AS finest_place
        FROM series
    )
SELECT
    /*+ until AS moment, */
    feature,
    if(empty(segment), 'all calls', arrayStringConcat(arrayMap((key, value) -> concat(key, '=', value), mapKeys(segment), mapValues(segment)), ', ')) AS slice,
    value
FROM compared
WHERE place = first_place
    AND (place <= 2 OR finest_place > 2 OR feature = 'topics')
    AND windows >= greatest(${windows}, ${minimum_sample})
ORDER BY feature, slice
