"""One FastAPI application on a free port of loopback, until standard input ends."""

from __future__ import annotations

import os
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI


def serve(app: FastAPI) -> None:
    """Print the port, then serve until the parent goes away."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)
