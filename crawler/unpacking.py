"""Content-Encoding, unpacked up to the cap: what goes beyond costs a challenge its body, not its headers."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.handlers import CUT


class CappedCompression(HttpCompressionMiddleware):
    """Scrapy's, but a request with ``body_of`` in its meta gets the answer without its body, flagged :data:`CUT`."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        """The answer, unpacked. Raises ``IgnoreRequest`` where it grows beyond the cap and its body is what counts."""
        del spider
        try:
            return super().process_response(request, response)
        except IgnoreRequest:
            if "body_of" not in request.meta:
                raise
            del response.headers["Content-Encoding"]
            return response.replace(body=b"", flags=[*response.flags, CUT])
