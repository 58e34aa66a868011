"""Asks every resource for its 402 challenge. It never pays."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from scrapy import Request

from catalog.declared import API_KEY
from catalog.layers import Trace, judged, transport
from catalog.records import Attempt, Challenge, Check, Finding, Layer, Outcome
from catalog.store import checks
from catalog.store.findings import note
from catalog.text import one_line
from catalog.urls import InvalidURL, canonical, is_template, parse, redact
from crawler.causes import failure_kind
from crawler.decoders.challenge import decode_challenge
from crawler.handlers import CUT, location
from crawler.outcomes import failure, judge
from crawler.politeness.lanes import Lanes
from crawler.politeness.robotstxt import quiet_of
from crawler.spiders.base import JobSpider

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from catalog.store.checks import Target
    from crawler.job import Job

MAX_REDIRECTS = 2
NO_ANSWER = ("dns", "refused", "reset", "tls", "timeout")
"""Failures that say that the host is not there, to be told from answers we cannot use."""


class ChallengeSpider(JobSpider):
    """Sends each resource its declared method (GET, or POST with ``{}``) and reads the challenge of the 402.

    No header or body comes from a listing; HEAD and OPTIONS are never sent. PUT, PATCH, DELETE, MCP tools, templates
    and what takes an API key are recorded as not exercised. GET and POST are swapped only where a 405's ``Allow`` says so, and a
    redirect is followed only to the same place under https.

    :input: the resources that are due, see :func:`catalog.store.checks.targets`
    :output: one ``Check`` per resource
    """

    name = "challenge"

    def __init__(self, job: Job | None = None, targets: Sequence[Target] | None = None, **kwargs: Any) -> None:
        super().__init__(job, **kwargs)
        if targets is None:
            targets = checks.targets(self.job.store, self.job.run)
        self.targets = targets
        self._lanes: Lanes
        self._done = 0

    async def start(self) -> AsyncIterator[Any]:
        """A check without a request where none may be sent, else the first request when its lane says so."""
        askable = []
        for target in self.targets:
            refusal = self._refusal(target)
            if refusal is None:
                askable.append(target)
            else:
                yield self._unsent(target, *refusal)
        try:
            self._lanes = self._opened(askable)
            async with contextlib.aclosing(aiter(self._lanes)) as steps:
                async for target, refusal in steps:
                    if self.failed is not None:
                        return
                    yield self._unsent(target, *refusal) if refusal else self._first(target)
            note(self.job.store, self.job.run, list(self._lanes.findings()))
        except Exception as error:  # whatever it is, a run that left resources out has failed
            self.stop(error)

    def _opened(self, askable: Sequence[Target]) -> Lanes:
        live = self.job.recording is None  # a replay names hosts, but asks nobody but itself
        settings = self.crawler.settings

        async def addresses_of(host: str) -> tuple[str, ...]:
            return await self.job.names.addresses(host, settings.getfloat("DOWNLOAD_TIMEOUT")) if live else ()

        return Lanes(
            askable, self.job.addresses, addresses_of=addresses_of, receive=self.receive,
            per_host=settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            at_once=settings.getint("CONCURRENT_REQUESTS"), delay=self.job.delay,
            before=checks.asked(self.job.store, self.job.run) if self.job.keep is None else (),
        )  # fmt: skip

    def _refusal(self, target: Target) -> tuple[Outcome, str] | None:
        """Why no request may be sent, whoever would get it."""
        if self.job.site.opted_out(target.url):
            return "blocked", "Its owner opted out."
        if target.kind == "mcp":
            return "not_exercised", "An MCP tool is not called over plain HTTP."
        if target.kind == API_KEY:
            return "not_exercised", "Its origin documents an API key, not x402: nothing is asked without one."
        if is_template(target.url):
            return "not_exercised", "The URL is a template with unfilled parameters."
        if target.methods and not {"GET", "POST", "HEAD"}.intersection(target.methods):
            return "not_exercised", f"We do not send {target.methods[0]}."
        return None

    def _first(self, target: Target) -> Request:
        only_post = "POST" in target.methods and "GET" not in target.methods
        return self._request(target, "POST" if only_post else "GET", target.url, ())

    def _unsent(self, target: Target, outcome: Outcome, message: str) -> Check:
        self._count()
        return Check(target.resource_id, outcome, (), None, message)

    def _count(self) -> None:
        self._done += 1
        self.job.progress("checks", self._done, len(self.targets))

    def _request(self, target: Target, method: str, url: str, attempts: tuple[Attempt, ...]) -> Request:
        headers = {"Content-Type": "application/json"} if method == "POST" else {}
        return Request(
            url,
            method=method,
            body=b"{}" if method == "POST" else b"",
            headers=headers,
            callback=self.parse,
            errback=self.errback,
            dont_filter=True,
            # The URL goes out as listed: normalising escapes would ask for another resource.
            meta={
                "handle_httpstatus_all": True,
                "verbatim_url": True,
                "configured": target.configured,
                "body_of": (402,),
                "download_maxsize": self.settings.getint("X402_MAX_CHALLENGE_BYTES"),
            },
            cb_kwargs={"target": target, "attempts": attempts},
        )

    def parse(self, response: Response, target: Target, attempts: tuple[Attempt, ...]) -> Iterator[Request | Check]:
        """An HTTP answer: the check, or one more attempt where the answer itself says how to ask."""
        assert response.request is not None
        method = str(response.request.method)
        attempts = (*attempts, Attempt(method, redact(response.url), response.status, None, _latency(response.request)))
        try:
            found = self._again(response, target, method, attempts) or self._check(response, target, attempts)
        except Exception as error:  # whatever an answer does to us, it costs neither its check nor its place
            self.logger.exception("the answer of %s", target.url)
            finding = Finding("check.prober_fault", "error", target.url, "live", "", one_line(repr(error), 300))
            message = "Our checker failed on this answer."
            layers = _layers(response.request, None, "prober_fault")
            found = Check(
                target.resource_id, "prober_fault", attempts, len(attempts) - 1, message, findings=(finding,),
                layers=layers,
            )  # fmt: skip
        if isinstance(found, Check):
            self._lanes.done(target, answered=True, quiet=None if self.job.recording else quiet_of(response))
            self._count()
        yield found

    def _check(self, response: Response, target: Target, attempts: tuple[Attempt, ...]) -> Check:
        headers: dict[str, list[str]] = {
            name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
            for name, values in response.headers.items()
        }
        challenge = decode_challenge(headers, response.body, target.url) if response.status == 402 else None
        findings = list(_findings(target, challenge))
        if CUT in response.flags:
            if challenge is None or not challenge.protocols:  # what it asked for stood in the body
                assert response.request is not None
                return _unanswered(response.request, target, attempts[:-1], "too_large", "the body of its 402")
            findings.append(_left_out(target, "too_large", "the body of its 402"))
        outcome, message = judge(response.status, challenge)
        return Check(
            resource_id=target.resource_id,
            outcome=outcome,
            attempts=attempts,
            answered_by=len(attempts) - 1,
            message=message,
            challenge=challenge,
            certificate_expires=_expiry(response),
            findings=tuple(findings),
            layers=_layers(response.request, None, outcome, challenge),
        )

    def _again(self, response: Response, target: Target, method: str, attempts: tuple[Attempt, ...]) -> Request | None:
        if response.status == 405 and len(attempts) == 1:
            other = "POST" if method == "GET" else "GET"
            allowed = (response.headers.get("Allow") or b"").decode("latin-1").upper()
            if other in (name.strip() for name in allowed.split(",")) and self._lanes.once_more(target):
                return self._request(target, other, response.url, attempts)
        if response.status in (301, 302, 307, 308) and len(attempts) <= MAX_REDIRECTS:
            url = location(response)
            secured = url and url.startswith("https:") and response.url.startswith("http:")
            if url and secured and _same(url, response.url) and self._may_follow(target, url):
                return self._request(target, method, url, attempts)
        return None

    def _may_follow(self, target: Target, url: str) -> bool:
        return not self.job.site.opted_out(url) and self._lanes.once_more(target)

    def errback(self, failed: Failure) -> Iterator[Check]:
        """No answer: the cause, told apart."""
        request: Request = failed.request  # type: ignore[attr-defined]
        sent = request.cb_kwargs
        kind, detail = failure_kind(failed.value), one_line(str(failed.value), 200)
        self._lanes.done(sent["target"], answered=kind not in NO_ANSWER)
        self._count()
        yield _unanswered(request, sent["target"], sent["attempts"], kind, detail)


def _unanswered(request: Request, target: Target, attempts: tuple[Attempt, ...], kind: str, detail: str) -> Check:
    """The check of a request without an answer we could read."""
    attempt = Attempt(str(request.method), redact(request.url), None, kind, _latency(request), detail)
    at = _trace(request).at
    outcome, message = failure(kind, at, detail)
    named = "too_slow" if (kind, at) == ("timeout", "http") else kind if kind in ("too_large", "blocked") else ""
    findings = (_left_out(target, named, detail),) if named else ()
    return Check(
        target.resource_id, outcome, (*attempts, attempt), len(attempts), message, findings=findings,
        layers=_layers(request, kind, outcome),
    )  # fmt: skip


def _left_out(target: Target, kind: str, detail: str) -> Finding:
    return Finding(f"check.{kind}", "warning", target.url, "live", "", detail)


def _findings(target: Target, challenge: Challenge | None) -> Iterator[Finding]:
    """The probed URL is the truth; a challenge that names another place is worth a word."""
    if challenge is not None and challenge.resource_url and not _same(challenge.resource_url, target.url):
        yield Finding(
            "challenge.other_resource", "info", target.url, "live", "resource.url", challenge.resource_url[:300]
        )


def _same(url: str, other: str) -> bool:
    try:
        return canonical(redact(url)) == canonical(redact(other))
    except InvalidURL:
        return False


def _trace(request: Request) -> Trace:
    """What the download handler saw; nothing where it refused the URL itself."""
    return request.meta.get("trace") or Trace()


def _layers(
    request: Request | None, kind: str | None, outcome: Outcome, challenge: Challenge | None = None
) -> tuple[Layer, ...]:
    """All seven layers of the attempt the outcome rests on."""
    assert request is not None
    secure = request.url.startswith("https:")
    reached = transport(kind, _trace(request), secure=secure, literal=_literal(request.url))
    return (*reached, *judged(outcome, challenge, answered=kind is None))


def _literal(url: str) -> bool:
    try:
        return bool(ip_address(parse(url).host))
    except ValueError:
        return False


def _latency(request: Request) -> int | None:
    """Milliseconds to the headers of the answer; under a replay what was recorded, which may be nothing."""
    if "recorded_latency_ms" in request.meta:
        recorded: int | None = request.meta["recorded_latency_ms"]
        return recorded
    measured = request.meta.get("download_latency")
    return None if measured is None else round(measured * 1000)


def _expiry(response: Response) -> datetime | None:
    """When the server's certificate expires, where there was one."""
    if not isinstance(response.certificate, bytes):
        return None
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(response.certificate).not_valid_after_utc.astimezone(UTC)
    except ValueError:
        return None
