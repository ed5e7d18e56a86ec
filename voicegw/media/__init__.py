"""Sound: the engine port, the embedded engine and its worker processes, capture to the spool."""
