"""A call from first dial to outcome: legs, flows, limits, and the one owner task of each call."""
