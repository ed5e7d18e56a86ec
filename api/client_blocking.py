"""The client without asyncio, written from the one with it: word by word, by one table.

`python -m api.client_blocking FROM TO` writes each module of one folder into the other. What is
checked in at `voicegw/client/blocking` is compared by a test, so nobody keeps two clients by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: What each word becomes, the longer first where one begins another.
WORDS: Final[Mapping[str, str]] = {
    r"AsyncGenerator\b": "Generator",
    r"Generator\[([^\[\]]*(?:\[[^\[\]]*\])?[^\[\]]*), None\]": r"Generator[\1, None, None]",
    r"\bAsyncIterator\b": "Iterator",
    r"\bAsyncClient\b": "Client",
    r"\basynccontextmanager\b": "contextmanager",
    r"\baclosing\b": "closing",
    r"\baclose\b": "close",
    r"\baread\b": "read",
    r"\baiter_": "iter_",
    r"\b__aenter__\b": "__enter__",
    r"\b__aexit__\b": "__exit__",
    r"\basync (def|for|with)\b": r"\1",
    r"\bawait ": "",
    r"\bclient\.aio\b": "client.blocking",
    r"\bimport asyncio\n(import time\n)?": "import time\n",
    r"\basyncio\.sleep\b": "time.sleep",
}


def without_asyncio(text: str, path: str) -> str:
    """Return a module of the client with asyncio as one without; `path` names it in its head."""
    for pattern, replacement in WORDS.items():
        text = re.sub(pattern, replacement, text)
    head, quotes, rest = text.partition('"""\n')
    return f"{head}\n\nWritten from `{path}` by `make client`.\n{quotes}{rest}"


def main() -> None:
    """Write every module of the folder that is named first into the folder named second."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    for path in sorted(source.glob("*.py")):
        if path.name != "__init__.py":
            text = without_asyncio(path.read_text("utf-8"), f"aio/{path.name}")
            (target / path.name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
