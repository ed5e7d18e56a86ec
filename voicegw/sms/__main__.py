"""Runs the process that sends short messages."""

from __future__ import annotations

import sys

from voicegw.sms.process import main

if __name__ == "__main__":
    sys.exit(main())
