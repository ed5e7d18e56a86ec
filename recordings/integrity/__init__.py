"""That a recording is what it was: the chain of seals, signatures, verification, deletion."""
