"""Writing a workbook as a process of its own: `python -m voicegw.reports.render_job`.

The table comes as JSON on standard input, the file goes to standard output.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import msgspec

from voicegw.reports.rendering import RenderOrder
from voicegw.reports.xlsx_file import xlsx_file

NICENESS: Final = 5


def main() -> int:
    """Read the order, write the workbook; return the exit code."""
    os.nice(NICENESS)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=RenderOrder)
    sys.stdout.buffer.write(xlsx_file(order.table, order.language))
    return 0


if __name__ == "__main__":
    sys.exit(main())
