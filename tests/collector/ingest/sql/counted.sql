-- What the rollup counts of a project's calls of models, and the tokens and priced spans of everything.
-- Parameters: project. Columns: calls, tokens, priced.
-- Index: the primary key of spans_minute, by project.
SELECT
    toUInt32(sumIf(spans, kind = 'llm')) AS calls, toUInt32(sum(input_tokens) + sum(output_tokens)) AS tokens, toUInt32(sum(priced_spans)) AS priced
FROM spans_minute FINAL
WHERE project = {project:String}
