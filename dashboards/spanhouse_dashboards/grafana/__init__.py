"""Grafana's form of the panels and rules: built, written as files, and pushed."""
