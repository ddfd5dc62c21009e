-- Models whose prices are in the store already.
-- Parameters: none. Columns: provider, model.
SELECT DISTINCT provider, model
FROM model_prices
