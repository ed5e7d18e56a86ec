"""What is deleted for its age, and what loses the person it tells of."""
