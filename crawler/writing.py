"""The optional writer: a model behind an OpenAI-compatible endpoint writes the texts, one request per resource.

It runs between resolving and rendering, and only where ``writer_url`` is set. The operator names the endpoint, so the
address guard does not apply to it; redirects are not followed and nothing of a listing or an answer is ever an address.
Answers are kept as they come, by what they depend on (model, prompt version, facts): a killed or over-budget build
goes on from there. Whatever fails leaves the deterministic writer's text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import orjson

from catalog import copywriting
from catalog.copywriting import asking, reviewing
from catalog.resolve.model import Catalogue, Published
from catalog.resolve.texts import facts_of, with_answer, with_answers
from catalog.store import ledger
from catalog.store.engine import Store
from crawler.job import Progress

MAX_ANSWER = 256 * 1024
"""Bytes of one response; an entry of the catalogue is a hundredth of it."""
MAX_RETRIES = 2
MAX_WAIT = 30.0
"""Seconds a server's Retry-After may ask for."""
GIVE_UP = 20
"""Failures in a row after which no more is asked tonight."""
BATCH = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a model is asked; see the settings ``writer_*``."""

    url: str
    model: str
    key: str = field(repr=False)
    budget: int
    concurrency: int
    timeout: float
    """Seconds for one request."""


@dataclass
class Told:
    """What came of it."""

    cached: int = 0
    requests: int = 0
    answered: int = 0
    failed: int = 0
    stopped: str = ""
    """Why no more was asked; empty where everything was."""


class _Failed(Exception):
    """One request failed; ``wait`` is how long to wait before another, None where another makes no sense."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def rewrite(endpoint: Endpoint, store: Store, catalogue: Catalogue, progress: Progress) -> tuple[Catalogue, Told]:
    """The catalogue with the model's texts where they pass the review."""
    kept = ledger.model_answers(store, endpoint.model)
    told = Told()
    answers: dict[int, dict[str, Any]] = {}
    waiting: list[Published] = []
    for p in catalogue.published:
        if p.lifecycle == "removed_by_owner":
            continue
        answer = kept.get(asking.content_key(facts_of(p.draft, p.category), endpoint.model))
        if answer is None:
            waiting.append(p)
        else:
            answers[p.known.id] = answer
    told.cached = len(answers)
    batch: list[Published] = []

    def keep(p: Published, answer: dict[str, Any]) -> None:
        answers[p.known.id] = answer
        batch.append(with_answer(p, endpoint.model, answer, catalogue.run))
        if len(batch) >= BATCH:
            ledger.keep_answers(store, batch, catalogue.run)
            batch.clear()

    try:
        asyncio.run(_ask_all(endpoint, waiting, keep, told, progress))
    finally:
        ledger.keep_answers(store, batch, catalogue.run)
    _log.info("writer: %s", told)
    if told.stopped:
        _log.warning("writer: stopped after %d requests: %s", told.requests, told.stopped)
    return replace(catalogue, published=with_answers(catalogue.published, endpoint.model, answers, catalogue.run)), told


async def _ask_all(
    endpoint: Endpoint,
    waiting: Sequence[Published],
    keep: Callable[[Published, dict[str, Any]], None],
    told: Told,
    progress: Progress,
) -> None:
    todo = iter(waiting)
    if not waiting:
        return
    timeout = aiohttp.ClientTimeout(total=endpoint.timeout)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        client = _Client(endpoint, session, told)

        async def work(rest: Iterator[Published]) -> None:
            for p in rest:
                answer = await client.ask(p)
                if answer is not None:
                    told.answered += 1
                    keep(p, answer)
                if told.stopped:
                    return
                progress("texts by the model", told.answered + told.failed, len(waiting))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(endpoint.concurrency, len(waiting))):
                group.create_task(work(todo))


class _Client:
    """Requests under one budget. Servers that know no schemas are asked without one from then on."""

    def __init__(self, endpoint: Endpoint, session: aiohttp.ClientSession, told: Told) -> None:
        self.endpoint = endpoint
        self.session = session
        self.told = told
        self.structured = True
        self.in_a_row = 0

    async def ask(self, p: Published) -> dict[str, Any] | None:
        """The model's answer, None where none is to be had."""
        facts = facts_of(p.draft, p.category)
        brand = copywriting.brand(facts.host, facts.service_name)
        for turn in range(MAX_RETRIES + 2):
            if self.told.stopped:
                return None
            if self.told.requests >= self.endpoint.budget:
                self.told.stopped = "the budget is spent"
                return None
            self.told.requests += 1
            structured = self.structured
            try:
                body = await self._post(asking.request(facts, brand, self.endpoint.model, structured=structured))
                answer = reviewing.parse_answer(_content(body))
            except _Failed as failure:
                if failure.wait is None or turn >= MAX_RETRIES:
                    self._failed(p, failure)
                    return None
                await asyncio.sleep(failure.wait * (turn + 1))
            except reviewing.Unusable as failure:
                self._failed(p, failure)
                return None
            else:
                self.in_a_row = 0
                return {name: reviewing.storable(answer[name]) for name in asking.LIMITS if name in answer}
        return None

    def _failed(self, p: Published, failure: Exception) -> None:
        _log.info("writer: no answer for %s: %s", p.slug, failure)
        self.told.failed += 1
        self.in_a_row += 1
        if self.in_a_row >= GIVE_UP:
            self.told.stopped = f"{GIVE_UP} failures in a row, the last: {failure}"

    async def _post(self, request: dict[str, Any]) -> bytes:
        """The body of a 200, whole. Raises :class:`_Failed`."""
        key = self.endpoint.key
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            async with self.session.post(
                self.endpoint.url, data=orjson.dumps(request), headers=headers, allow_redirects=False
            ) as response:
                if response.status in (400, 422) and "response_format" in request:
                    self.structured = False
                    raise _Failed(f"HTTP {response.status}", 0)
                if response.status == 429 or response.status >= 500:
                    raise _Failed(f"HTTP {response.status}", _retry_after(response))
                if response.status in (401, 403, 404) or response.status // 100 == 3:  # the same for all we ask
                    self.told.stopped = self.told.stopped or f"HTTP {response.status}"
                if response.status != 200:
                    raise _Failed(f"HTTP {response.status}")
                return await _whole(response)
        except TimeoutError:
            raise _Failed("timeout", 1) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _Failed(type(error).__name__, 1) from None


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_chunked(16 * 1024):
        size += len(part)
        if size > MAX_ANSWER:
            raise _Failed("an answer too large")
        parts.append(part)
    return b"".join(parts)


def _retry_after(response: aiohttp.ClientResponse) -> float:
    try:
        wait = float(response.headers.get("Retry-After", "1"))
    except ValueError:
        return 1.0
    return min(max(wait, 0.0), MAX_WAIT) if wait == wait else 1.0


def _content(body: bytes) -> object:
    """The text of the first choice. Raises :class:`~catalog.copywriting.reviewing.Unusable`."""
    try:
        return orjson.loads(body)["choices"][0]["message"]["content"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        raise reviewing.Unusable("no chat completion") from None
