"""Tests against what others published: Grafana's API descriptions, schemas and plugin."""
