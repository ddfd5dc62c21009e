"""What was acknowledged survives the end of the process."""
