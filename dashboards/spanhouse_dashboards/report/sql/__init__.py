"""The report's questions, one statement a file; each stands in the report beside the figure it gives."""
