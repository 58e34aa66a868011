"""Scrapy settings. Each deviation from Scrapy's default carries the default and the reason."""

from __future__ import annotations

BOT_NAME = "x402-catalog"
SPIDER_MODULES = ["crawler.spiders"]

# --- who we are ---
# Default: Scrapy/VERSION (+https://scrapy.org). An honest name with a contact; the configured contact URL is put in
# by crawler.job. Not browser-like: v1 servers answer browsers with megabytes of HTML paywall instead of terms.
USER_AGENT = "x402-catalog/0.1 (+https://x402all.com/crawler)"
# Default: text/html first. We want the machine-readable challenge.
DEFAULT_REQUEST_HEADERS = {"Accept": "application/json", "Accept-Language": "en"}

# --- one loop, one client ---
# Default: True. Without a reactor several crawls run one after another in one asyncio program (bazaar, then
# challenges), and inside a cluster's tasks.
TWISTED_REACTOR_ENABLED = False
# Default: Scrapy's Twisted HTTP/1.1 handler, which drops every answer with a header line over 16,384 bytes and needs a
# reactor. The setting ``handler`` of crawler.config puts crawler.fallback.HttpxHandler here instead.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handlers.GuardedHandler",
    "https": "crawler.handlers.GuardedHandler",
    "data": None, "file": None, "ftp": None, "s3": None,  # default: enabled. Nothing but http(s) is ever fetched.
}  # fmt: skip
# Default: True. A proxy from the environment would connect on our behalf, round the address guard.
HTTPPROXY_ENABLED = False
# Default: False. An answer from a server that cannot prove its name says nothing about the listed one.
DOWNLOAD_VERIFY_CERTIFICATES = True

# --- caps ---
# Default: 1 GiB. Applied to the decompressed body too. Listing pages get more, and of a probe only the body of a 402
# is read, up to X402_MAX_CHALLENGE_BYTES: 512 answers of 5 MB at a time would fill 2.5 GB.
DOWNLOAD_MAXSIZE = 5 * 1024 * 1024
X402_MAX_CHALLENGE_BYTES = 256 * 1024
# Default: 32 MiB. Below the cap nothing is worth a warning.
DOWNLOAD_WARNSIZE = 0
# Default: 180 s. For the whole request, slow bodies included: dead hosts cost (hosts × timeout ÷ concurrency).
DOWNLOAD_TIMEOUT = 10
# Default: True. What came before a broken end is of no use here.
DOWNLOAD_FAIL_ON_DATALOSS = True
# Default: True. The challenge spider records redirects; the bazaar spider follows them itself, each hop guarded.
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
# Default: True. Spiders say themselves what is tried again.
RETRY_ENABLED = False
# Headers beyond this, all lines together or one alone, end in a finding. Rich schemas exceed 64 KiB.
X402_MAX_HEADER_BYTES = 256 * 1024

# --- speed ---
# Default: 100, which starts that many worker tasks for every response.
CONCURRENT_ITEMS = 1
# Default: 16. Most of a night is waiting for slow and dead hosts.
CONCURRENT_REQUESTS = 512
# Default: 8. Be gentle with each host; crawler.job lifts this for replays.
CONCURRENT_REQUESTS_PER_DOMAIN = 2
# Default: True, which reads the callback's source again for every response.
WARN_ON_GENERATOR_RETURN_VALUE = False
# Default: a queue for each host under a filter by fingerprint. Every request here is meant, and whose turn it is was
# decided before (crawler.politeness.lanes).
SCHEDULER = "crawler.queue.Queue"
# Default: counters in memory. Our report counts what the store holds instead.
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
# Default: True. We never log in anywhere, and cookies would tie one origin's checks together.
COOKIES_ENABLED = False
# Defaults: enabled. Costs per response without use here.
REFERER_ENABLED = False
# Defaults: enabled. Each is called for every request or response and has nothing to do here: our spiders name no
# domains, send no passwords, follow no links, judge every status themselves. (Its extensions stay: without them a stopped crawl leaves its session open.)
DOWNLOADER_STATS = False
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    # Scrapy's own ignores a whole answer whose body unpacks beyond the cap; ours leaves out the body of a challenge.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.unpacking.CappedCompression": 590,
}
# Default: all of them; depth, length and status are judged by our spiders and decoders, and nobody asks which request
# was a first one.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
# Default: None is off already; JOBDIR would halve the speed, so a killed run goes on from the store instead.
JOBDIR = None

# --- no doors ---
# Defaults: True. Nobody controls this process over the network.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# --- the road ---
# Default: none. The one place where items are stored.
ITEM_PIPELINES = {"crawler.pipeline.StorePipeline": 100}
# Default: offsite, robots and others for crawling the web; what is not named here is off by its own setting.
# Scrapy's robots middleware obeys every `Disallow: /` for `*`, which would silence most API hosts that their owners
# listed in a bazaar themselves. Ours (crawler.politeness) reads the groups that name us.
ROBOTSTXT_OBEY = False
# Default: 60 s lines in the log; progress is shown by the command line.
LOGSTATS_INTERVAL = 0
LOG_LEVEL = "WARNING"
