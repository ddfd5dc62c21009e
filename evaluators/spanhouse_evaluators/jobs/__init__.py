"""The scheduled jobs: quality, latency and drift."""
