"""Statements of the commands."""
