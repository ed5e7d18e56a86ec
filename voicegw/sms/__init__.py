"""Short messages: a port to providers, what is sent, what answers mean."""
