"""Servers nobody would want to meet, on loopback: bombs, answers without end, a byte a second, JSON without bottom."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import brotli
import zstandard

from tests.test_live import ACCEPT

MIB = 1 << 20
BOTTOMLESS = b"[" * 5_000 + b"]" * 5_000
TERMS = {"x402Version": 2, "accepts": [{**ACCEPT, "description": "d" * 1_000}]}
RICH = base64.b64encode(json.dumps({**TERMS, "padding": "p" * 52_000}).encode())
"""A payment header of some 70,000 bytes."""


@cache
def deflated(gibibytes: int) -> bytes:
    """That many GiB of zeros, raw deflate: one block over and over, about 1 MiB for each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(16 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (64 * gibibytes)


@cache
def bomb(name: str) -> bytes:
    """A body that unpacks to gigabytes."""
    frames = zstandard.compress(bytes(64 * MIB), 9)
    packer = brotli.Compressor(quality=1, lgwin=24)
    makers = {
        "gzip": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflated(10),
        "deflate": lambda: deflated(10),
        "br": lambda: b"".join(packer.process(bytes(MIB)) for _ in range(1_024)) + packer.finish(),
        "zstd": lambda: frames * 100,
        "gzip-gzip": lambda: gzip.compress(bomb("gzip"), 6),
        "zstd-gzip": lambda: gzip.compress(frames * 160, 6),
        "gzip-small": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflated(1)[:200_000],
    }
    return makers[name]()


BOMBS = {
    "gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd", "gzip-gzip": "gzip, gzip",
    "zstd-gzip": "zstd, gzip", "gzip-small": "gzip",
}  # fmt: skip
"""Path → Content-Encoding. On the way some are larger than our cap, the others grow beyond it when unpacked."""


def parts(path: str) -> Iterator[bytes]:
    """The bytes of an answer, as they are to be sent; a pause of a second is an empty one."""
    status = b"HTTP/1.1 200 OK\r\n" if path.startswith(("/listing", "/200")) else b"HTTP/1.1 402 Payment Required\r\n"
    name = path.partition("?")[0].rpartition("/")[2]
    if name in BOMBS:
        body = bomb(name)
        yield status + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (BOMBS[name].encode(), len(body))
        yield from (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    elif name == "rich":
        yield status + b"PAYMENT-REQUIRED: %b\r\nContent-Length: 2\r\n\r\n{}" % RICH
    elif name == "rich-and-bomb":
        yield status + b"PAYMENT-REQUIRED: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % RICH
        yield from repeat(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    elif name == "endless":
        yield status + b"Transfer-Encoding: chunked\r\n\r\n"
        yield from repeat(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    elif name == "endless-headers":
        yield status
        yield from repeat(b"X-Padding: " + b"x" * 60_000 + b"\r\n")
    elif name == "endless-line":
        yield status + b"X-Padding: "
        yield from repeat(b"x" * 65_536)
    elif name == "endless-interim":
        yield from repeat(b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 8_000 + b"\r\n\r\n")
    elif name == "drip-body":
        yield status + b"Content-Length: 100000\r\n\r\n{"
        yield from repeat(b"", b" ")
    elif name == "drip-headers":
        yield status
        yield from repeat(b"", b"X: y\r\n")
    elif name == "deep":
        body = b'{"x402Version":1,"accepts":[' + BOTTOMLESS + b"," + json.dumps(ACCEPT).encode() + b"]}"
        yield status + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def repeat(*pieces: bytes) -> Iterator[bytes]:
    """Without end."""
    while True:
        yield from pieces


PATHS = (
    *BOMBS, "rich", "rich-and-bomb", "endless", "endless-headers", "endless-line", "endless-interim", "drip-body",
    "drip-headers", "deep",
)  # fmt: skip


def place(base: str, index: int) -> str:
    """Each path on a host of its own: one that does not answer is left alone for the night."""
    return base.replace("127.0.0.1", f"127.0.1.{index + 1}")


def answer(connection: socket.socket, base: str) -> None:
    """Read one request and answer it until the client has enough."""
    with connection, suppress(OSError):
        request = connection.recv(65_536).decode("latin-1")
        path = request.split(" ")[1]
        if path.startswith("/bazaar"):
            items = [
                {
                    "resource": f"{place(base, index)}/{prefix}{name}",
                    "type": "http",
                    "x402Version": 1,
                    "accepts": [ACCEPT],
                }
                for index, name in enumerate(PATHS)
                for prefix in ("", "200/")
            ]
            body = json.dumps({"items": items, "pagination": {"limit": 100, "offset": 0, "total": len(items)}}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            return
        for piece in parts(path):
            if piece:
                connection.sendall(piece)
            else:
                time.sleep(1)


@contextmanager
def serving() -> Iterator[str]:
    """All of them on one port; yields its base URL."""
    for name in BOMBS:
        bomb(name)
    listener = socket.create_server(("", 0), backlog=256)  # every address of 127.0.0.0/8
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection, base), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield base
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
