"""A job: one run of the crawl or the probe, as Scrapy sees it.

Spiders and the pipeline get everything they need from here: the store, the run's clock, the guard, the recording of
a replay, and who wants to see progress.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrapy.settings import Settings

import crawler.settings as project_settings
from catalog.guards import Thresholds
from catalog.records import Check
from catalog.run import Run
from catalog.site import Site
from catalog.store.engine import Store
from crawler.connect import Names
from crawler.guard import Guard
from crawler.politeness.addresses import Addresses
from crawler.politeness.budgets import Limits
from crawler.politeness.lanes import Reception
from crawler.replay.recording import Recording
from crawler.sources import Source

Progress = Callable[[str, int, int | None], None]
"""Called as (what, done, total or None)."""


def silent(what: str, done: int, total: int | None) -> None:
    """Progress nobody looks at."""


@dataclass(slots=True)
class Job:
    """What the spiders of one run share."""

    store: Store
    run: Run
    sources: Sequence[Source]
    guard: Guard
    site: Site
    recording: Recording | None = None
    progress: Progress = silent
    contact: str = "https://x402all.com/crawler"
    politeness: bool = True
    """Whether there is a pause between two requests to a host, and few at a time."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    controls: Sequence[str] = ()
    """URLs that tell whether we are the ones without a network; without any the sources do."""
    keep: Callable[[Sequence[Check]], None] | None = None
    """Takes over checks in place of the store."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Overrides of :mod:`crawler.settings`, for configuration and benchmarks."""
    names: Names = field(default_factory=Names)
    addresses: Addresses = field(default_factory=Addresses)
    receptions: dict[str, Reception] = field(default_factory=dict)
    """What each origin's robots.txt came to; asked for once per run."""

    @property
    def limits(self) -> Limits:
        """What this run may ask of others."""
        return self.addresses.limits

    @property
    def delay(self) -> float:
        """Seconds between the beginnings of two requests to one host."""
        return self.limits.delay if self.politeness and self.recording is None else 0.0

    def scrapy_settings(self) -> Settings:
        """The project's settings with this job's guard, recording and politeness."""
        settings = Settings()
        settings.setmodule(project_settings, priority="project")
        settings.set("USER_AGENT", f"x402-catalog/0.1 (+{self.contact})")
        settings.set("X402_GUARD", self.guard)
        settings.set("X402_REPLAY", self.recording)
        settings.set("X402_NAMES", self.names)
        settings.set("X402_SITE", self.site)
        if not self.politeness:
            settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", 64)
        # Between two requests to one host, beside the two at a time of crawler.settings.
        settings.set("DOWNLOAD_DELAY", self.delay)
        settings.update(self.settings, priority="cmdline")
        return settings
