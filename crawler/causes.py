"""Why a request came to nothing, told apart by the exceptions beneath those a client shows."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from socket import gaierror

import aiohttp
from aiohttp import http_exceptions
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.guard import AddressBlocked


class TransferError(DownloadFailedError):
    """No usable answer; ``kind`` is dns, refused, reset, tls, timeout, too_large, bad_http or blocked."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def failure_kind(error: BaseException | None) -> str:
    """The kind of a request that failed: a :class:`TransferError`'s own, or what Scrapy's middlewares raise."""
    if isinstance(error, TransferError):
        return error.kind
    # Of those in use only decompression ignores an answer, where it grows beyond the cap.
    return "too_large" if isinstance(error, IgnoreRequest) else "bad_http"


def cause(error: BaseException) -> TransferError:
    """What went wrong; Scrapy's own exceptions hide TLS failures and resets."""
    chain = list(beneath(error))
    blocked = next((e for e in chain if isinstance(e, AddressBlocked)), None)
    if blocked is not None:
        return TransferError("blocked", str(blocked))
    kind = next((kind for kind, classes in _KINDS if any(isinstance(e, classes) for e in chain)), "bad_http")
    return TransferError(kind, _detail(kind, chain))


_KINDS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("too_large", (DownloadCancelledError, http_exceptions.LineTooLong)),
    ("timeout", (DownloadTimeoutError, TimeoutError)),
    ("dns", (CannotResolveHostError, aiohttp.ClientConnectorDNSError, gaierror)),
    ("tls", (aiohttp.ClientSSLError, ssl.SSLError, ssl.CertificateError)),
    ("refused", (ConnectionRefusedError,)),
    ("reset", (ConnectionResetError, BrokenPipeError, aiohttp.ServerDisconnectedError, ResponseDataLossError)),
    ("bad_http", (http_exceptions.HttpProcessingError, aiohttp.ClientResponseError, UnsupportedURLSchemeError)),
    ("refused", (aiohttp.ClientConnectorError, OSError)),
)
"""Failure kind and the exceptions that mean it; the first found anywhere beneath holds."""


def _detail(kind: str, chain: list[BaseException]) -> str:
    """The deepest exception's own words; of a TLS failure OpenSSL's, without places in its source."""
    if kind == "tls":
        said = [getattr(e, name, "") for e in chain for name in ("verify_message", "reason")]
        words = next((w for w in said if isinstance(w, str) and w), "")
        if words:
            return (words.replace("_", " ").lower() if words.isupper() else words)[:300]
    return f"{type(chain[-1]).__name__}: {chain[-1]}"[:300]


def beneath(error: BaseException) -> Iterator[BaseException]:
    """The exception and those it came from, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:  # a chain can bite its own tail
        seen.add(id(current))
        yield current
        inner = getattr(current, "os_error", None)
        if isinstance(inner, BaseException):
            yield inner
        current = current.__cause__ or current.__context__
