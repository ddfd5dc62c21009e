-- Drops the prices by model alone: prices holds those of every project, and nothing reads these.
DROP TABLE IF EXISTS model_prices
