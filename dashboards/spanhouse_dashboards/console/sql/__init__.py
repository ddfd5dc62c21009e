"""Statements of the console's pages, one a file."""
