-- What an evaluator, the lexical baseline and people said of the same spans, traces or sessions, the newest of each, counted.
-- Parameters: project; evaluator, baseline and label (names of scores); version and baseline_version; evaluator_at and label_at
-- (numbers from there on are good); from_ns (inclusive) and until_ns (exclusive), start of what was scored; only_labelled (1 leaves
-- out what no person scored there).
-- Columns: for evaluator and label is_good (1 or 0, NULL where there is no number) and text (its label, '' for none);
-- baseline_value, NULL for none; items, how many.
-- Index: project, name and minute in scores' order. Two scores of an item may stand in different minutes, so there is no FINAL.
WITH
    (source = 'evaluator' AND name = {evaluator:String} AND evaluator_version = {version:String}) AS by_evaluator,
    (source = 'evaluator' AND name = {baseline:String} AND evaluator_version = {baseline_version:String}) AS by_baseline,
    (source = 'person' AND name = {label:String}) AS by_person,
    said AS (
        SELECT
            argMaxIf((value >= {evaluator_at:Float64}, toString(label)), scored_at, by_evaluator) AS of_evaluator,
            argMaxIf(tuple(value), scored_at, by_baseline) AS of_baseline,
            argMaxIf((value >= {label_at:Float64}, toString(label)), scored_at, by_person) AS of_person
        FROM scores
        WHERE project = {project:String}
            AND name IN ({evaluator:String}, {baseline:String}, {label:String})
            AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
            AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
            AND (by_evaluator OR by_baseline OR by_person)
            AND ({only_labelled:UInt8} = 0
                OR (target, if(target = 'session', session_id, trace_id), if(target = 'span', span_id, '')) IN (
                    SELECT target, if(target = 'session', session_id, trace_id), if(target = 'span', span_id, '')
                    FROM scores
                    WHERE project = {project:String}
                        AND name = {label:String}
                        AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
                        AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
                        AND source = 'person'))
        GROUP BY target, if(target = 'session', session_id, trace_id), if(target = 'span', span_id, ''))
SELECT
    of_evaluator.1 AS evaluator_is_good,
    of_evaluator.2 AS evaluator_text,
    of_baseline.1 AS baseline_value,
    of_person.1 AS label_is_good,
    of_person.2 AS label_text,
    count() AS items
FROM said
GROUP BY ALL
