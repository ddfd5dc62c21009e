"""Scheduled evaluators: quality, latency and drift over stored spans.

Knows the collector's model, errors and storage, and nothing else of it.
"""
