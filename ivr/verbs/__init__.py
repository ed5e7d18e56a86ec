"""The verbs of flows, one module each."""
