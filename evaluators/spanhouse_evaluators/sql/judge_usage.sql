-- What a version of a judge took by its scores so far; those whose endpoint reported no tokens tell nothing.
-- Parameters: project, evaluator, version.
-- Columns: asked_bytes, answers, input_tokens, output_tokens (sums; 0 without scores).
-- Index: the project in scores' order; all scores of the project are looked at, and a row counted twice before a merge moves no
-- average that matters.
SELECT
    sum(toUInt64OrZero(attributes['judge.asked_bytes'])) AS asked_bytes,
    sum(toUInt64OrZero(attributes['judge.calls'])) AS answers,
    sum(toUInt64OrZero(attributes['gen_ai.usage.input_tokens'])) AS input_tokens,
    sum(toUInt64OrZero(attributes['gen_ai.usage.output_tokens'])) AS output_tokens
FROM scores
WHERE project = {project:String}
    AND source = 'evaluator'
    AND evaluator = {evaluator:String}
    AND evaluator_version = {version:String}
    AND toUInt64OrZero(attributes['judge.asked_bytes']) > 0
    AND toUInt64OrZero(attributes['gen_ai.usage.input_tokens']) > 0
