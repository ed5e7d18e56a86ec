"""What a running call has done, written to a node-local file before it goes to the store."""
