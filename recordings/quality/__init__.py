"""What was said against what should be: scripts, measures, reviews."""
