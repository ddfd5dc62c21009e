"""The console's pages as Jinja templates."""
