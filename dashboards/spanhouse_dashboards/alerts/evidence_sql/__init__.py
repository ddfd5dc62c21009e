"""What is asked about an alert besides its reading, one statement a file."""
