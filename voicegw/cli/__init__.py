"""The voicegw command."""

from __future__ import annotations

from voicegw.cli.main import main

__all__ = ["main"]
