"""The replay server: a recording over real HTTP on loopback, listings paged the way CDP pages."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator

from aiohttp import web

from catalog.records import Json
from crawler.replay.recording import LISTING_PATH, Line, Recording, rebuilt_402

MAX_LIMIT = 1000
MAX_BODY = 1024 * 1024


def application(recording: Recording) -> web.Application:
    """The server of one recording: ``/_listing/NAME`` pages a source, every other path answers for its Host."""
    app = web.Application(client_max_size=MAX_BODY)

    async def listing(request: web.Request) -> web.Response:
        items = recording.sources.get(request.match_info["name"])
        if items is None:
            return web.json_response({"error": "no such source in this recording"}, status=404)
        try:
            page = paged(items, request.query.get("limit"), request.query.get("offset"), complete=recording.complete)
        except ValueError:
            return web.json_response({"error": "limit and offset are numbers"}, status=400)
        return web.Response(text=json.dumps(page), content_type="application/json")

    async def resource(request: web.Request) -> web.Response:
        scheme = request.headers.get("X-Forwarded-Proto", "https")
        return answer(recording, request.method, f"{scheme}://{request.host}{request.raw_path}")

    app.router.add_get(f"{LISTING_PATH}/{{name}}", listing)
    app.router.add_route("*", "/{path:.*}", resource)
    return app


def paged(items: list[Json], limit: str | None, offset: str | None, *, complete: bool) -> dict[str, Json]:
    """One page as CDP cuts it: limit rounded to tens (20…1000), offset snapped down to a page boundary.

    Where the recording is partial the total is one larger than what is served. Raises ``ValueError`` for no numbers.
    """
    size = min(MAX_LIMIT, max(20, round(int(limit or 100) / 10) * 10))
    start = max(0, int(offset or 0)) // size * size
    return {
        "x402Version": 2,
        "items": items[start : start + size],
        "pagination": {"limit": size, "offset": start, "total": len(items) + (not complete)},
    }


def answer(recording: Recording, method: str, url: str) -> web.Response:
    """What was recorded for a URL, or a 402 rebuilt from its listed terms."""
    line = recording.line(method, url)
    item = recording.item(url)
    if line is None and recording.knows(url):
        # Only another method was recorded; without Allow, so that nobody tries that one in its place.
        return web.json_response({"error": f"{method} was not recorded"}, status=405, headers={"Allow": ""})
    if line is None and item is None:
        return web.json_response({"error": "not in this recording"}, status=404)
    if item is not None and (line is None or _bare_402(line)):
        headers, body = rebuilt_402(item)
        return web.Response(status=402, headers=headers, body=body.encode("utf-8", "surrogatepass"))
    if line is None or line.error:
        return web.json_response({"error": f"recorded: {line.error if line else 'nothing'}"}, status=502)
    response = web.Response(status=line.status or 200, body=(line.body or "").encode())
    for name, value in line.headers:
        if name.lower() not in ("content-length", "transfer-encoding", "content-encoding", "connection"):
            response.headers.add(name, value)
    return response


def _bare_402(line: Line) -> bool:
    return line.status == 402 and line.body is None and not line.headers


@contextlib.asynccontextmanager
async def serving(recording: Recording, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback while the context lasts; yields ``127.0.0.1:port`` and tells it to the recording."""
    runner = web.AppRunner(application(recording), access_log=None, max_line_size=65536, max_field_size=65536)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        host, bound = runner.addresses[0][:2]
        recording.address = f"{host}:{bound}"
        yield recording.address
    finally:
        await runner.cleanup()
