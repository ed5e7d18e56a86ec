"""voicegw: the voice gateway between account managers and their customers."""

__version__ = "0.1.0"
