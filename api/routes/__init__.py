"""One module a resource; each is thin and calls a service."""
