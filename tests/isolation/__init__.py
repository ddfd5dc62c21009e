"""What one project can see and change of another: nothing."""
