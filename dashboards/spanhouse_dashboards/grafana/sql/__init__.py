"""SQL of the dashboards' variables and annotations, one statement a file."""
