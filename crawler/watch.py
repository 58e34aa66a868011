"""Watches a request on its way: when each layer began, which the clients tell only in hints.

The request's :class:`Watch` is found by a context variable. The resolver, the socket factory and the TLS objects
know no request, but run in the context of the one they work for.
"""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic

from catalog.layers import Trace
from catalog.records import LayerName

CURRENT: ContextVar[Watch | None] = ContextVar("watch", default=None)
"""The watch of the request under way."""


@dataclass(slots=True)
class Watch(Trace):
    """A trace in the making; beginning a layer ends the one before."""

    _since: float | None = field(default=None, repr=False)

    def begin(self, layer: LayerName, *, timed: bool = True) -> None:
        """The request stands at ``layer`` now; a second address tried is still the same layer."""
        if layer != self.at:
            self.end()
            self.at, self._since = layer, monotonic() if timed else None

    def took(self, milliseconds: int) -> None:
        """The layer it stands at took that long."""
        assert self.at is not None
        self.ms[self.at], self._since = milliseconds, None

    def end(self) -> None:
        """The layer it stands at is gone through."""
        if self.at is not None and self._since is not None:
            self.ms[self.at] = round((monotonic() - self._since) * 1000)
        self._since = None


def begin(layer: LayerName, *, timed: bool = True) -> None:
    """The request under way, where it is watched, begins a layer."""
    watch = CURRENT.get()
    if watch is not None:
        watch.begin(layer, timed=timed)


def took(layer: LayerName, milliseconds: int) -> None:
    """The layer the request under way stands at took that long, whenever it was gone through."""
    watch = CURRENT.get()
    if watch is not None and watch.at == layer:
        watch.took(milliseconds)


class WatchedTLS(ssl.SSLObject):
    """For ``SSLContext.sslobject_class``: tells when a handshake begins."""

    def do_handshake(self) -> None:
        """Called again and again until the handshake is done."""
        begin("tls")
        super().do_handshake()
