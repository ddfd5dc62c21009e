-- Groundedness of every second LLM call of the assistant and the search: mostly high, of one call in ten low, some days a little
-- better than others; lower by a quarter for the assistant from the silent model swap on day 16, 10:15, for a day on; none from 12:00 to 18:00 on
-- day 24, when the evaluator is out. Each morning from 04:00 to 04:12 it is started anew, and catches up.
-- Parameters: day (its midnight, UTC), number (of the day, from 0).
-- Columns: none.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, name, source, evaluator, evaluator_version, status, value, service,
    environment, release, model
)
WITH
    (salt) -> sipHash64(salt, span_id) / pow(2, 64) AS draw,
    start_time >= {day:DateTime64(9, 'UTC')} + toIntervalMinute(615) AS is_late,
    service = 'assistant' AND if({number:UInt16} = 16, is_late, {number:UInt16} = 17 AND NOT is_late) AS is_swapped,
    (sipHash64('day', {number:UInt16}) / pow(2, 64) - 0.5) * 0.06 AS today,
    multiIf(draw('kind') < 0.1, 0.5 * draw('value'), draw('kind') < 0.3, 0.6 + 0.3 * draw('value'), 0.9 + 0.1 * draw('value')) AS calm
SELECT
    project, start_time, start_time + toIntervalSecond(20 + 60 * draw('wait')), 'span', trace_id, span_id, 'groundedness', 'evaluator',
    'groundedness', '1', 'scored', least(1, greatest(0, calm + today - if(is_swapped, 0.25, 0))), service, environment, release,
    response_model
FROM spans
WHERE start_time >= {day:DateTime64(9, 'UTC')}
    AND start_time < {day:DateTime64(9, 'UTC')} + INTERVAL 1 DAY
    AND service IN ('assistant', 'search')
    AND status_code = 'Ok'
    AND draw('judged') < 0.5
    AND NOT ({number:UInt16} = 24 AND toHour(start_time) >= 12 AND toHour(start_time) < 18)
    AND NOT (toHour(start_time) = 4 AND toMinute(start_time) < 12)
