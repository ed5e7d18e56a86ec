"""What happened, as outsiders read it: CloudEvents built from domain changes."""
