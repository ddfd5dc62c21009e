"""How the corpus is recorded and what is expected of it."""
