"""Labs: one for all tests of a module, or one of its own for a test that needs another."""

from __future__ import annotations

from tests.parts.lab_fixtures import lab, new_lab, shared_lab

__all__ = ["lab", "new_lab", "shared_lab"]
