"""Audio at rest: from the spool of a call to a finished stereo recording."""
