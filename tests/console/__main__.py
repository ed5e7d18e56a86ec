"""The county of the tests, to look at: `python -m tests.console` prints its address and stays up.

Log in as any of `tests.parts.county.PEOPLE`; a page from source is shown before it by
`VOICEGW_URL=… npm run dev` in console/.
"""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from tests.parts.county import PASSWORD, PEOPLE, open_county


def main() -> None:
    """Serve until Ctrl-C, or SIGTERM."""
    with tempfile.TemporaryDirectory(prefix="voicegw-county-") as folder:
        county = open_county(Path(folder))
        try:
            people = ", ".join(f"{one.login} ({one.role.value})" for one in PEOPLE.values())
            print(f"{county.url}/\n{people}\npassword: {PASSWORD}", flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        finally:
            county.close()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
