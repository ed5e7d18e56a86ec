"""Recordings: made from what was captured, kept, sealed, transcribed and checked."""
