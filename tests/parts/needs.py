"""What tests need that may not be there: they are skipped, or fail where all must be there."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test for what can't be had here; fail it in CI, where everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str, package: str) -> None:
    """Go on only where a program is installed."""
    require(shutil.which(program) is not None, f"{program} (apt-get install {package})")


def require(present: bool, what: str) -> None:
    """Go on only where `what` is there."""
    if not present:
        missing(f"{what} is missing")
