"""Commands from a broker: requests of a configured integrator, by the rules of the API."""
