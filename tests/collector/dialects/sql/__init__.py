"""Statements of the tests of dialects."""
