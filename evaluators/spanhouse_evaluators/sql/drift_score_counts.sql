-- How many scores of each evaluator's version, window and segment lie between neighbouring edges of the frozen references, and
-- how many have each label.
-- Parameters: project, release ('' for all), models, prompts, releases, services (watched ones), edges (of all references,
-- ascending, the first one -inf), labels (of all references; others count as one), unknown (the name for those), windows (their
-- starts), first and last (of them), window_s.
-- Columns: started_s (the window's start, Unix time), key and value (of the segment; key is '' for all), name, version, edge (the
-- lower one; NaN where there is a label alone), label, scores, total (of their numbers).
-- Index: the minute in scores' order for each name of the project; the month partition, which holds every copy of a score.
SELECT
    toInt64(toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({window_s:UInt32}), 'UTC'))) AS started_s,
    key,
    segment AS value,
    toString(scores.name) AS name,
    toString(evaluator_version) AS version,
    ifNull(roundDown(scores.value, {edges:Array(Float64)}), nan) AS edge,
    multiIf(scores.value IS NOT NULL, '', has({labels:Array(String)}, scores.label), toString(scores.label), {unknown:String}) AS label,
    toInt64(count()) AS scores,
    sum(ifNull(scores.value, 0)) AS total
FROM scores FINAL
ARRAY JOIN
    ['', 'model', 'prompt', 'release', 'service'] AS key,
    ['', toString(model), toString(prompt_name), toString(scores.release), toString(service)] AS segment
WHERE project = {project:String}
    AND source = 'evaluator'
    AND status = 'scored'
    AND ({release:String} = '' OR scores.release = {release:String})
    AND time >= {first:DateTime('UTC')}
    AND time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
    AND (key = '' OR (key = 'model' AND segment IN {models:Array(String)}) OR (key = 'prompt' AND segment IN {prompts:Array(String)})
        OR (key = 'release' AND segment IN {releases:Array(String)}) OR (key = 'service' AND segment IN {services:Array(String)}))
GROUP BY started_s, key, value, name, version, edge, label
SETTINGS max_threads = 2
