-- What a version of a judge took by the newest of its scores; those whose endpoint reported no tokens tell nothing.
-- Parameters: project, evaluator, version, most (how many scores).
-- Columns: asked_bytes, answers, input_tokens, output_tokens (sums; 0 without scores).
-- Index: project, name and minute, the first columns of scores' order, read from their end: no more than what `most` such scores
-- lie in. Reading each one's attributes is what takes long. A row counted twice before a merge moves no average that matters.
SELECT
    sum(asked) AS asked_bytes,
    sum(calls) AS answers,
    sum(input) AS input_tokens,
    sum(output) AS output_tokens
FROM
(
    SELECT
        toUInt64OrZero(attributes['judge.asked_bytes']) AS asked,
        toUInt64OrZero(attributes['judge.calls']) AS calls,
        toUInt64OrZero(attributes['gen_ai.usage.input_tokens']) AS input,
        toUInt64OrZero(attributes['gen_ai.usage.output_tokens']) AS output
    FROM scores
    WHERE project = {project:String}
        AND name = {evaluator:String}
        AND source = 'evaluator'
        AND evaluator = {evaluator:String}
        AND evaluator_version = {version:String}
        AND asked > 0
        AND input > 0
    ORDER BY toStartOfMinute(time) DESC
    LIMIT {most:UInt32}
)
