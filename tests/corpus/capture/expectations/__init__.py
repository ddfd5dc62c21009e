"""What is expected of each capture, by family of instrumentations."""
