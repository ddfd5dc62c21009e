-- A groundedness and a refusal score for every LLM call of a day.
-- Parameters: day (its midnight, UTC).
-- Columns: none.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, name, source, evaluator, evaluator_version, status, value, service,
    environment, release, model, prompt_name, prompt_version
)
SELECT
    project, start_time, start_time + INTERVAL 30 SECOND, 'span', trace_id, span_id, arrayJoin(['groundedness', 'refusal']) AS score,
    'evaluator', score, '1', if(sipHash64(span_id) % 20 = 0, 'unscored', 'scored'),
    if(sipHash64(span_id) % 20 = 0, NULL, (sipHash64(span_id, score) % 1000) / 1000), service,
    environment, release, response_model, prompt_name, prompt_version
FROM spans
WHERE start_time >= {day:DateTime64(9, 'UTC')}
    AND start_time < {day:DateTime64(9, 'UTC')} + INTERVAL 1 DAY
    AND kind = 'llm'
