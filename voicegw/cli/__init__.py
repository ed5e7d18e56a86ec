"""The voicegw command."""

from __future__ import annotations

from voicegw.cli.commands import main

__all__ = ["main"]
