"""Reports: what is counted, by whom it may be seen, how it becomes a file, when it is sent."""
