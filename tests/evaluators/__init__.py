"""The evaluators: contract, statistics, offline runs, and jobs on the real engine."""
