"""Where the documents will be shown, and who wants out."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.urls import parse


@dataclass(frozen=True, slots=True)
class Site:
    """Where the documents will be shown, and who wants out."""

    site_url: str = "https://x402all.com"
    test_buy_url: str = "https://axon402.com/test-buy"
    opt_out: frozenset[str] = frozenset()
    """Hosts and origins (``https://host``) whose owners opted out."""

    def opted_out(self, url: str) -> bool:
        """Whether the owner of the URL's host or origin opted out."""
        parts = parse(url)
        return not self.opt_out.isdisjoint({parts.host, parts.netloc, parts.origin, f"https://{parts.netloc}"})
