"""Statements of the JSON API."""
