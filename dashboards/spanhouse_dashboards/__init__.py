"""Panels and alert rules, and the places they appear: Grafana, the console, the built-in alerter.

Knows the collector's model, errors and storage, and nothing else of it.
"""
