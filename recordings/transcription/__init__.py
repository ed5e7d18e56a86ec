"""Speech to text: engines, cutting at pauses, worker processes, models."""
