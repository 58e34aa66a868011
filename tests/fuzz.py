"""``python -m tests.fuzz --count N --seed S``: mutated listings and challenges through all decoders.

Whatever comes must end in records and findings, never in an exception. Schemas are converted, examples made, and what
resolving asks of a record is asked; what the store keeps must read back as it was. A case is its seed and number (and
the seed documents at hand): ``--only NUMBER`` runs it again and shows it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from catalog import decimals, networks, offers, pricing, prose, schemas, slugs, taxonomy, urls
from catalog.environments import read_host
from catalog.records import Accept, Challenge, Finding, Hints, Listing
from catalog.routes import read_route
from catalog.store.checks import CHALLENGE
from catalog.store.intake import LISTING
from catalog.text import EVIDENCE, clean
from crawler.decoders.challenge import decode_agent_task, decode_challenge, decode_tool_result
from crawler.decoders.envelope import BadPage
from crawler.decoders.listing import decode_page
from tests.fuzzcases import Case, case
from tests.mutations import seeds

URL = "https://api.example.com/x"
PROGRESS = 50_000
"""Cases between two words of a long run."""
THOROUGH = 4
"""Of so many cases one goes beyond decoding, schemas and examples: terms, names, categories, the store's form."""
HANGS = 30
"""Seconds after which a case counts as hanging."""


# --- what every case goes through


def exercise(given: Case, *, thorough: bool = True) -> None:
    """Decode a case, convert its schemas and make their examples; where ``thorough``, do with the records what the crawl
    and the build do. Raises for whatever breaks."""
    if given.kind != "page":
        challenge = _read(given)
        _check_schemas(accept.hints for accept in challenge.accepts)
        _check_findings(challenge.findings)
        if thorough:
            _check_challenge(challenge)
        return
    try:
        page = decode_page(given.body, "fuzz")
    except BadPage:
        return
    assert page.rows <= len(page.listings) + len(page.findings), "a row was lost without a word"
    for listing in page.listings:
        _check_schemas([listing.hints, *(accept.hints for accept in listing.accepts)])
        if thorough:
            _check_listing(listing)
    _check_findings(page.findings)


def _read(given: Case) -> Challenge:
    if given.kind == "answer":
        return decode_challenge(given.headers, given.body, URL)
    return (decode_tool_result if given.kind == "tool" else decode_agent_task)(given.body, URL)


def _check_challenge(challenge: Challenge) -> None:
    kept = replace(challenge, findings=())
    assert CHALLENGE.validate_json(CHALLENGE.dump_json(kept)) == kept, "the store changes a challenge"
    _check_terms(challenge.accepts, challenge.description)


def _check_listing(listing: Listing) -> None:
    listing.raw.encode()
    kept = replace(listing, raw="")
    assert LISTING.validate_json(LISTING.dump_json(kept)) == kept, "the store changes a listing"
    _check_terms(listing.accepts, listing.description)
    assert urls.canonical(listing.url) == listing.identity, "what is shown is another resource"
    parts = urls.parse(listing.url)
    urls.registrable_domain(parts.host)
    urls.is_template(listing.url)
    slugs.slugify(listing.identity)
    host, slash, path = listing.identity.removeprefix("//").partition("/")
    read_host(host)
    read_route(slash + path)
    described = (listing.url, listing.description, listing.service_name, listing.tags)
    taxonomy.categorise(taxonomy.Described(*described, mime_type=listing.mime_type))


def _check_terms(accepts: Sequence[Accept], text: str) -> None:
    orjson.dumps([accept.extra for accept in accepts])
    for accept in accepts:
        networks.display_asset(accept.network_id, accept.asset)
        networks.short_name(accept.network)
    best = offers.cheapest(accepts)
    price, named = best[1] if best else None, prose.said(text)
    prose.disagreement(price, named)
    options = [usd for accept in accepts if (usd := offers.mainnet_usd(accept)) is not None]
    amounts = [accept.amount for accept in accepts if accept.atomic is None]
    decimals.suspect(
        price, amounts, decimals.Usual(named and named.usd, options, price, pricing.prices(5, options * 5))
    )
    assert offers.changes(accepts, accepts) == [], "terms differ from themselves"
    offers.changes(accepts[: len(accepts) // 2], accepts[len(accepts) // 2 :])


def _check_schemas(declared: Iterable[Hints]) -> None:
    seen: list[Hints] = []
    for hints in declared:
        if hints in seen:
            continue
        seen.append(hints)
        schema, _ = schemas.input_schema(hints)
        answer, _ = schemas.output_schema(hints)
        orjson.dumps([schema, answer, schemas.field_names(schema), schemas.field_names(answer)])
        if schema is not None:
            orjson.dumps(schemas.example(schema))


def _check_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        assert len(finding.evidence) <= EVIDENCE, finding
        assert clean(finding.evidence) == finding.evidence, finding
        f"{finding.url} {finding.field}".encode()


# --- the runs


class Hanging(Exception):
    """A case took too long."""


def _hang(*_: object) -> None:
    raise Hanging(f"more than {HANGS} s")


def attempt(given: Case, *, thorough: bool = True) -> tuple[str, str]:
    """What a case breaks: the kind of crash and its trace; empty where all is well."""
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(HANGS)
    try:
        exercise(given, thorough=thorough)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {place.name}", traceback.format_exc()
    finally:
        signal.alarm(0)
    return "", ""


def fuzz(count: int, seed: int) -> tuple[dict[str, int], tuple[float, int]]:
    """Run the first ``count`` cases of ``seed`` and print the first crash of each kind as it comes.

    Returns {kind of crash: number of its first case} and (seconds, number) of the slowest case.
    """
    crashes: dict[str, int] = {}
    slowest = (0.0, 0)
    attempt(case(seed, 0))  # what is loaded once is nobody's time
    for number in range(count):
        given = case(seed, number)
        begun = time.process_time()
        kind, trace = attempt(given, thorough=number % THOROUGH == 0)
        slowest = max(slowest, (time.process_time() - begun, number))
        if number and number % PROGRESS == 0:
            print(f"{number} cases, {len(crashes)} kinds of crash", file=sys.stderr, flush=True)
        if kind and kind not in crashes:
            crashes[kind] = number
            print(f"--seed {seed} --only {number}: {kind}\n{trace}", file=sys.stderr, flush=True)
    return crashes, slowest


def main() -> int:
    """The command line; 1 where anything crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, metavar="N", help="how many cases")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which cases")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run one case and show it")
    arguments = parser.parse_args()
    if arguments.only is not None:
        given = case(arguments.seed, arguments.only)
        print(given.kind, given.headers, given.body, sep="\n")
        exercise(given)
        return 0
    begun = time.perf_counter()
    crashes, (seconds, number) = fuzz(arguments.count, arguments.seed)
    took = time.perf_counter() - begun
    rows, answers = seeds()
    print(
        f"{arguments.count} cases from {len(rows)} rows and {len(answers)} answers, seed {arguments.seed}: "
        f"{len(crashes)} kinds of crash; {arguments.count / took:.0f} a second; "
        f"slowest {seconds * 1000:.0f} ms of the processor, number {number}"
    )
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
