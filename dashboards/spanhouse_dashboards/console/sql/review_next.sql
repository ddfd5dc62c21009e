-- What people are to look at of what an evaluator scored: how far they are, what comes next, and what was labelled last.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all); name (of the score); below (only values under it,
-- NULL: all); after (only items whose place comes after it, -1: all).
-- Columns: spans, labelled, yes (of the labelled: a value of 0.5 or more); next and last, each an item as span_id, trace_id, value (NULL
-- where it is a label), place; without one the ids are ''. A place is from 0 to 999,999,999, the same for
-- everybody: a draw at random that does not depend on what was scored.
-- Index: scores by project, name and minute. Two scores of an item may stand in different minutes, so there is no FINAL.
WITH said AS (
    SELECT
        argMaxIf(tuple(value), scored_at, source = 'evaluator').1 AS verdict,
        argMaxIf(tuple(value), scored_at, source = 'person').1 AS person_value,
        maxIf(scored_at, source = 'person') AS labelled_at,
        countIf(source = 'evaluator') > 0 AS is_judged,
        countIf(source = 'person') > 0 AS is_labelled,
        xxHash32(trace_id, span_id) % 1000000000 AS place,
        (span_id, trace_id, verdict, place) AS item
    FROM scores
    WHERE project = {project:String}
        AND name = {name:String}
        AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        AND source IN ('evaluator', 'person')
        AND target = 'span'
        AND status = 'scored'
        AND ({environment:String} = '' OR environment = {environment:String})
        AND ({service:String} = '' OR service = {service:String})
        AND ({model:String} = '' OR model = {model:String})
        AND ({release:String} = '' OR release = {release:String})
    GROUP BY trace_id, span_id
    HAVING is_judged AND ({below:Nullable(Float64)} IS NULL OR verdict < {below:Nullable(Float64)}))
SELECT
    count() AS spans,
    countIf(is_labelled) AS labelled,
    countIf(is_labelled AND person_value >= 0.5) AS yes,
    argMinIf(item, (place, item.2, item.1), NOT is_labelled AND place > {after:Int64}) AS next,
    argMaxIf(item, labelled_at, is_labelled) AS last
FROM said
