"""Flows: what callers of a hotline hear and are asked, as files that are checked, drawn and run."""
