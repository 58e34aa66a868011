"""Shared fixtures. Sockets are confined to loopback by the pytest options in pyproject.toml."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("X402_CATALOG_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings beside the project; tests that need it skip where it is missing."""
    if not (SHARED / "recordings").is_dir():
        pytest.skip(f"no real recordings at {SHARED}")
    return SHARED
