"""Configuration: the one TOML file, its schema, defaults and checks."""

from __future__ import annotations

from config.loader import load
from config.settings import Settings

__all__ = ["Settings", "load"]
