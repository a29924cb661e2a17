"""Template tags of the intake desk."""
