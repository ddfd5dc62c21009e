"""The evaluators' statements, one a file."""
