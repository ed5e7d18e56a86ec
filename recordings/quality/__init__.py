"""What was said against what should be: scripts, phrases, measures, reviews."""
