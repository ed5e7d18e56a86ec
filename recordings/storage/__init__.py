"""Where finished recordings lie."""
