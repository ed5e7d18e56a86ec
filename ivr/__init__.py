"""Spoken prompts and, later, menu flows."""
