"""The whole way: from a real application through every room to a score, a chart and an alert."""
