"""From the spool of a call to a finished stereo recording."""
