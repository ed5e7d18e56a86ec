"""Who owns whom: groups, hotlines, managers and customers, their look-up and import."""
