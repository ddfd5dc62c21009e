-- What the parts of calls cost: each model's cost shared out by its tokens of each part at the newest known prices for requests of any size and
-- calls of any service tier. Cached tokens are taken out of the input.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, input, cache_read, cache_write, output, undivided (US dollars; the last of models whose price is not known).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time); prices by project.
WITH
    known AS (
        -- The last entry of no minimum is the newest such price.
        SELECT
            provider, model,
            arrayLast(e -> e.above_tokens < 0 AND e.service_tier = '', entries) AS price,
            toFloat64(price.input_usd) AS input_price,
            toFloat64(price.cache_read_usd) AS cache_read_price,
            toFloat64(price.cache_write_usd) AS cache_write_price,
            toFloat64(price.output_usd) AS output_price
        FROM prices FINAL
        WHERE project = ${project:singlequote} AND notEmpty(entries)
    )
SELECT
    time,
    sum(share * uncached * input_price) AS input,
    sum(share * cache_read * cache_read_price) AS cache_read,
    sum(share * cache_write * cache_write_price) AS cache_write,
    sum(share * output * output_price) AS output,
    sumIf(spent_usd, listed_usd = 0) AS undivided
FROM (
    SELECT
        used.*, input_price, cache_read_price, cache_write_price, output_price,
        uncached * input_price + cache_read * cache_read_price + cache_write * cache_write_price + output * output_price AS listed_usd,
        if(listed_usd = 0, 0, spent_usd / listed_usd) AS share
    FROM (
        SELECT
            $__timeInterval(minute) AS time,
            provider,
            model,
            toFloat64(sum(spans_minute.cost_usd)) AS spent_usd,
            sum(cache_read_tokens) AS cache_read,
            sum(cache_write_tokens) AS cache_write,
            greatest(toInt64(sum(input_tokens)) - toInt64(cache_read) - toInt64(cache_write), 0) AS uncached,
            sum(output_tokens) AS output
        FROM (
            -- @include rolled_spans
        ) AS spans_minute
        WHERE
            -- @include rolled_filters
            AND kind IN ('llm', 'embedding')
            AND priced_spans > 0
        GROUP BY time, provider, model
    ) AS used
    LEFT JOIN known ON known.provider = used.provider AND known.model = used.model
)
GROUP BY time
ORDER BY time
