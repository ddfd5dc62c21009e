"""The panels' SQL, one statement a file."""
