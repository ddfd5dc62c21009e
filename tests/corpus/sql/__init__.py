"""Statements of the corpus tests."""
