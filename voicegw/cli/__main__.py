"""`python -m voicegw.cli`: the voicegw command where no script is installed."""

from __future__ import annotations

from voicegw.cli.commands import main

main()
