"""What changed in the state's tables since they were first released, one numbered statement a file."""
