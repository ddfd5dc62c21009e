"""Recorded telemetry of many instrumentations, and what the collector must make of it."""
