-- A groundedness and a refusal score for every LLM call of a day, and a user's thumb for one in a hundred.
-- Parameters: day (its midnight, UTC).
-- Columns: none.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, name, source, evaluator, evaluator_version, status, value, reason, service,
    environment, release, model, prompt_name, prompt_version
)
WITH
    sipHash64(span_id) AS luck,
    arrayJoin(if(luck % 100 = 0, ['groundedness', 'refusal', 'thumbs'], ['groundedness', 'refusal'])) AS score,
    score = 'thumbs' AS is_thumb,
    NOT is_thumb AND luck % 20 = 1 AS is_unscored
SELECT
    project, start_time, start_time + INTERVAL 30 SECOND + toIntervalSecond(luck % 60), 'span', trace_id, span_id, score,
    if(is_thumb, 'client', 'evaluator'), if(is_thumb, '', score), '1', if(is_unscored, 'unscored', 'scored'),
    multiIf(is_unscored, NULL, is_thumb, intDiv(luck, 100) % 2, (sipHash64(span_id, score) % 1000) / 1000),
    if(is_unscored, 'no documents', ''), service, environment, release, response_model, prompt_name, prompt_version
FROM spans
WHERE start_time >= {day:DateTime64(9, 'UTC')}
    AND start_time < {day:DateTime64(9, 'UTC')} + INTERVAL 1 DAY
    AND kind = 'llm'
