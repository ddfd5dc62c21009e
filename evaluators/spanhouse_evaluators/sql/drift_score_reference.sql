-- The scores that make frozen references: of each evaluator's version those of the first calls of one release.
-- Parameters: project, key and value (of the segment: model, prompt, release, service; '' for all), release, from_ns and until_ns
-- (start of what was scored, Unix time, both included), most (scores of one name and version at most).
-- Columns: name, version, time_ns, score (NULL for a label without a number), label.
-- Index: the minute in scores' order for each name of the project; the month partition.
SELECT
    toString(name) AS name,
    toString(evaluator_version) AS version,
    toUnixTimestamp64Nano(time) AS time_ns,
    scores.value AS score,
    toString(label) AS label
FROM scores FINAL
WHERE project = {project:String}
    AND source = 'evaluator'
    AND status = 'scored'
    AND scores.release = {release:String}
    AND ({key:String} = '' OR {value:String} = multiIf({key:String} = 'model', model, {key:String} = 'prompt', prompt_name,
        {key:String} = 'service', service, scores.release))
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
ORDER BY time, trace_id, span_id, session_id
LIMIT {most:UInt32} BY name, version
