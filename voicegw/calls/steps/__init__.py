"""The steps of a plan, one module a kind; the walk and IVR flows take the same."""
