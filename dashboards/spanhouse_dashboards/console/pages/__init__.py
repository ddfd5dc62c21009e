"""The pages, one module each: `add` gives a router its routes."""
