-- Groundedness of every LLM call of a day: high, but low from the silent model swap of day 16 for a day on; none from 12:00
-- to 18:00 on day 24, when the evaluator is out.
-- Parameters: day (its midnight, UTC), number (of the day, from 0).
-- Columns: none.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, name, source, evaluator, evaluator_version, status, value, service,
    environment, release, model
)
WITH if({number:UInt16} = 16, 0.35, 0.9) AS middle
SELECT
    project, start_time, start_time + INTERVAL 30 SECOND, 'span', trace_id, span_id, 'groundedness', 'evaluator', 'groundedness', '1',
    'scored', least(1, greatest(0, middle + (sipHash64(span_id) % 1000 - 500) / 2500)), service, environment, release, response_model
FROM spans
WHERE start_time >= {day:DateTime64(9, 'UTC')}
    AND start_time < {day:DateTime64(9, 'UTC')} + INTERVAL 1 DAY
    AND NOT ({number:UInt16} = 24 AND toHour(start_time) >= 12 AND toHour(start_time) < 18)
