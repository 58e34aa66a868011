"""Fetches robots.txt: once per origin and run, through the download handler, so guarded and capped like all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request

from catalog.urls import parse
from crawler.handlers import location
from crawler.politeness.lanes import Reception
from crawler.politeness.quiet import quiet_asked
from crawler.politeness.robots import NO_RULES, UNREACHABLE
from crawler.politeness.robots import parse as parse_robots

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.job import Job

REDIRECTS = 5
"""RFC 9309 §2.3.1.2."""


async def receive(crawler: Crawler, job: Job, url: str) -> Reception:
    """What the robots.txt of ``url``'s origin came to. A replay has none: nobody recorded any."""
    if job.recording is not None:
        return Reception()
    origin = parse(url).origin
    if origin not in job.receptions:
        job.receptions[origin] = await _receive(crawler, f"{origin}/robots.txt")
    return job.receptions[origin]


async def _receive(crawler: Crawler, url: str) -> Reception:
    answered = False
    for _ in range(REDIRECTS + 1):
        try:
            response = await _fetched(crawler, url)
        except Exception:  # no answer, or none we take: whatever it was, there are no rules to read
            break
        answered = True
        if 300 <= response.status < 400:
            target = location(response)
            if target is None:
                break
            url = target
            continue
        quiet = quiet_of(response)
        if 200 <= response.status < 300 and "Content-Encoding" not in response.headers:
            return Reception(parse_robots(response.body), answered, quiet)
        missing = 400 <= response.status < 500 and response.status != 429
        return Reception(NO_RULES if missing else UNREACHABLE, answered, quiet)
    return Reception(UNREACHABLE, answered)


async def _fetched(crawler: Crawler, url: str) -> Response:
    """One answer. Past the scheduler and its slots: it is a host's first request, and the checks wait for it."""
    assert crawler.engine is not None
    request = Request(
        url,
        headers={
            "User-Agent": crawler.settings["USER_AGENT"],
            "Accept": "text/plain,*/*;q=0.5",
            "Accept-Encoding": "identity",
            # The first check is to show what connecting takes.
            "Connection": "close",
        },
        meta={"download_timeout": crawler.settings.getfloat("DOWNLOAD_TIMEOUT")},
    )
    return await crawler.engine.downloader.handlers.download_request_async(request)


def quiet_of(response: Response) -> float | None:
    """Seconds of quiet an answer asks for."""
    return quiet_asked(response.status, _header(response, "Retry-After"), _header(response, "Date"))


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")
