"""Template tags of the schedule."""
