"""What the bench of change detection is made of: streams, windows, annotated series, and the peers' side of each."""
