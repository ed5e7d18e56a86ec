"""Runs the delivery process."""

from __future__ import annotations

import sys

from voicegw.events.delivery.process import main

if __name__ == "__main__":
    sys.exit(main())
