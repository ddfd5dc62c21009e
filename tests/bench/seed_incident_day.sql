-- One day of LLM calls of four services: an assistant and a search, busy by day and at half past ten and three most of all, less
-- at night and at weekends; a back office of a few calls an hour, at work only; a batch that runs at two in the night.
-- What a calm day holds: hours and minutes that are busier than others, a burst of six times the calls for three minutes about
-- once a day and service, a spell of half an hour in which a provider takes half as long again about once a day, two minutes in
-- which every fifth call fails about every second day, one call in 200 that fails, one in 70 that takes eight times as long, one in
-- 100 with a prompt twenty times as long, 3 % more of all each week, a public holiday (day 18), and a release of a twentieth longer
-- answers (day 14). None of that is an incident.
-- Parameters: day (its midnight, UTC), number (of the day, from 0; day 0 is a Monday).
-- Columns: none.
-- Incidents: day 8, 10:00 to 14:00, latency ramps up to five times; day 12, 15:00 to 15:40, the assistant's provider fails six
-- calls in ten; day 16 from 10:15 for a day, the assistant's model is another under the old name, with answers half as long again
-- (the scores of seed_incident_scores.sql fall with it); day 20, 09:00 to 12:00, the assistant's prompts become twenty times longer; day 26, 10:00
-- to 12:00, silence. The evaluator's outage of day 24 is in the scores.
INSERT INTO spans
(
    project, start_time, duration_ns, trace_id, span_id, status_code, service, environment, release, kind, operation, provider,
    response_model, input_tokens, output_tokens, time_to_first_chunk_ns, cost_usd, cost_status, received_at
)
WITH
    {number:UInt16} AS day_number,
    -- Draws from 0 to 1, each of its own salt, the same at each run.
    (salt, what) -> sipHash64(salt, what, day_number) / pow(2, 64) AS draw,
    (salt, what) -> sqrt(-2 * log(draw(salt, what) + 1e-12)) * cos(2 * pi() * draw(concat(salt, '2'), what)) AS normal,
    ['assistant', 'search', 'back-office', 'batch'] AS services,
    slots AS (
        SELECT
            number AS slot,
            services[1 + number % 4] AS service,
            intDiv(number, 4 * 48) AS minute,
            minute / 60 AS hour,
            toString((service, minute)) AS place,
            exp(-pow((hour - 10.5) / 2.5, 2)) + exp(-pow((hour - 15) / 3, 2)) AS daytime,
            day_number % 7 >= 5 AS is_weekend,
            multiIf(
                service = 'assistant', (0.6 + 7 * daytime) * if(is_weekend, 0.3, 1),
                service = 'search', (0.9 + 2 * daytime) * if(is_weekend, 0.6, 1),
                service = 'back-office', if(hour >= 8 AND hour < 18 AND NOT is_weekend, 0.5, 0.01),
                if(minute BETWEEN 120 AND 160, 12, 0)
            ) AS usual,
            usual * pow(1.03, day_number / 7) * if(day_number = 18 AND service != 'batch', 0.45, 1)
                * exp(0.15 * normal('hour', toString((service, floor(hour))))) * exp(0.3 * normal('minute', place))
                * if(draw('burst', toString((service, intDiv(minute, 3)))) < 1 / 480, 6, 1) AS rate
        FROM numbers(1440 * 48 * 4)
        WHERE draw('call', toString(slot)) < rate / 48
            AND NOT (day_number = 26 AND hour >= 10 AND hour < 12)
    ),
    calls AS (
        SELECT
            service,
            minute,
            hour,
            toString(slot) AS one,
            addMilliseconds({day:DateTime64(9, 'UTC')}, toInt64(60000 * (minute + draw('second', one)))) AS began,
            service = 'assistant' AS is_assistant,
            if(day_number = 8 AND hour >= 10 AND hour < 14, 1 + (hour - 10), 1)
                * if(draw('spell', toString((service, intDiv(minute, 30)))) < 1 / 48, 1.5, 1)
                * if(draw('slow', one) < 1 / 70, 8, 1) AS slowness,
            is_assistant AND (day_number * 24 + hour) >= 394.25 AND (day_number * 24 + hour) < 418.25 AS is_swapped,
            toInt64(multiIf(is_assistant, 1.2e9, service = 'search', 0.4e9, 2.5e9) * exp(0.5 * normal('lasts', one)) * slowness) AS lasted_ns,
            multiIf(
                day_number = 12 AND hour >= 15 AND hour < 15.667 AND is_assistant, 0.6,
                draw('blip', toString((service, intDiv(minute, 2)))) < 1 / 1440, 0.2,
                0.005
            ) AS failing,
            draw('fails', one) < failing AS is_failed,
            toInt64(600 * exp(0.5 * normal('prompt', one)) * if(draw('document', one) < 0.01, 20, 1)
                * if(day_number = 20 AND hour >= 9 AND hour < 12 AND is_assistant, 20, 1)) AS read_tokens,
            toInt64(150 * exp(0.4 * normal('answer', one)) * if(day_number >= 14, 1.05, 1) * if(is_swapped, 1.5, 1)) AS written_tokens
        FROM slots
    )
SELECT
    'default', began, lasted_ns, lower(hex(sipHash128(one, day_number))), lower(hex(sipHash64(one, day_number))),
    if(is_failed, 'Error', 'Ok'), service, 'production', if(day_number < 14, '1', '2'), 'llm', 'chat',
    if(service = 'search', 'mistral', 'openai'), multiIf(service = 'search', 'tiny', service = 'batch', 'large', 'small'),
    read_tokens, written_tokens, if(service = 'batch', NULL, intDiv(lasted_ns, 4)),
    toDecimal64((read_tokens + 4 * written_tokens) * 0.000001, 12), 'computed', began
FROM calls
