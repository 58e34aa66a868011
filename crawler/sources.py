"""The facilitators whose bazaars are read, with their own paging and bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Source:
    """One bazaar: where it is listed, how many rows to ask for at a time, and where to stop."""

    name: str
    url: str
    page_size: int = 100
    max_pages: int = 1_000
    """A bound against endless listings, far above any real one."""
    max_rows: int = 250_000
    """Distinct rows, five times the largest listing seen."""
    max_bytes: int = 10 * 1024 * 1024
    """Per page, decompressed."""
    shown: str = ""
    """What the store calls the URL, where the real one is of no interest (a replay's port on loopback)."""

    def smaller(self) -> Source | None:
        """The same bazaar with a tenth of the rows on a page, for pages beyond our bounds; None where that is too few."""
        size = self.page_size // 10
        return replace(self, page_size=size, max_pages=self.max_pages * 10) if size >= 10 else None


LIVE: tuple[Source, ...] = (
    # CDP rounds the limit to tens and snaps the offset down to a page boundary; 1000 is the most it gives.
    Source("cdp", "https://api.cdp.coinbase.com/platform/v2/x402/discovery/resources", page_size=1000, max_pages=200),
    Source("payai", "https://facilitator.payai.network/discovery/resources"),
    Source("dexter", "https://x402.dexter.cash/discovery/resources"),
    # 200 is the most it gives; more is an error.
    Source("goplausible", "https://facilitator.goplausible.xyz/discovery/resources", page_size=200),
    # 100 is the most it gives; failures come with status 200 and a code of their own.
    Source("binance", "https://www.binance.com/bapi/ramp/v1/public/ramp/b402/bazaar/resources"),
    # May want a key; without one it is unreadable and costs the others nothing.
    Source("thirdweb", "https://api.thirdweb.com/v1/payments/x402/discovery/resources"),
    Source("anyspend", "https://mainnet.anyspend.com/x402/discovery/resources"),
    Source("questflow", "https://facilitator.questflow.ai/discovery/resources"),
    Source("aurracloud", "https://x402-facilitator.aurracloud.com/discovery/resources"),
    Source("ultravioleta", "https://facilitator.ultravioletadao.xyz/discovery/resources"),
)
"""What ``make nightly`` reads unless sources are configured."""
