"""Dialling of task lists: what comes next for a manager, and one call after the other."""
