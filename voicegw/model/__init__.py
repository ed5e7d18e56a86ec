"""Domain types that every part of the gateway shares: calls, legs, events, directory, numbers."""
