"""What the tests read back."""
