"""Small servers on loopback for people: a recording, or a published release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from crawler.replay.recording import LISTING_PATH, Recording
from crawler.replay.server import serving

Say = Callable[[str], object]


async def serve_recording(recording: Recording, port: int, say: Say) -> None:
    """Serve a recording until interrupted."""
    async with serving(recording, port) as address:
        for name in sorted(recording.sources):
            say(f"--source {name}=http://{address}{LISTING_PATH}/{name}")
        if recording.listed:
            say(f"Any listed URL: curl -i -H 'Host: HOST' http://{address}/PATH ({len(recording.listed)} listed)")
        await asyncio.Event().wait()


async def serve_release(folder: Path, port: int, say: Say) -> None:
    """Serve what ``latest`` points to until interrupted; a switch while serving is seen at once."""
    app = web.Application()

    async def root(request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        base = (folder / "latest").resolve()
        target = (base / path).resolve()
        if base != target and base not in target.parents:
            raise web.HTTPNotFound
        if target.is_dir():
            index = target / "index.html"
            return web.FileResponse(index) if index.is_file() else _listing(target, base)
        if not target.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(target)

    app.router.add_get("/{path:.*}", root)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, bound = runner.addresses[0][:2]
        say(f"http://{host}:{bound}/ shows {folder / 'latest'} (Ctrl-C ends)")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _listing(folder: Path, base: Path) -> web.Response:
    """The names in a folder, as plain links."""
    names = sorted(f"{child.name}/" if child.is_dir() else child.name for child in folder.iterdir())
    here = "/" if folder == base else f"/{folder.relative_to(base)}/"
    links = "\n".join(f'<li><a href="{here}{name}">{name}</a></li>' for name in names)
    return web.Response(
        text=f"<!doctype html><meta charset=utf-8><title>{here}</title><h1>{here}</h1><ul>{links}</ul>",
        content_type="text/html",
    )
