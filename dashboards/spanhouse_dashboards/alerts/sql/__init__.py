"""The alert rules' SQL, one statement a file."""
