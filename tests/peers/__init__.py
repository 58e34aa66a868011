"""Real x402 servers and the ``x402`` package as oracle, each in an environment of its own (``make peers``).

What stands beside this file runs there, in a child process, and imports nothing of this project; the tests reach it
over loopback HTTP and over pipes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / ".peers"


def python(environment: str) -> Path:
    """The interpreter of one environment (``v1``: x402 0.2.1, ``v2``: x402 2.x); skips the test where it is missing."""
    found = ENVIRONMENTS / environment / "bin" / "python"
    if not (ENVIRONMENTS / environment / ".installed").exists():
        pytest.skip(f"no environment {ENVIRONMENTS / environment}: make peers")
    return found


def quiet() -> dict[str, str]:
    """The environment variables of a peer: no proxies, nothing of ours on its path."""
    return {"PATH": os.environ.get("PATH", ""), "NO_PROXY": "*"}


@contextmanager
def serving(environment: str) -> Iterator[str]:
    """``server_<environment>.py`` in a child process, as long as the block runs: ``127.0.0.1:<port>``."""
    command = [str(python(environment)), "-I", str(HERE / f"server_{environment}.py")]
    # A child of a child would outlive us: the server ends when its standard input does.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=quiet()) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdecimal(), f"{environment} said {port!r}, exit {process.poll()}"
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
