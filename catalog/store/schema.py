"""The tables. Comments are the data dictionary (``docs/data-dictionary.md`` is generated from them).

Ids of resources are 63-bit hashes of their identity, so they are the same in every store and whatever the order of
arrival. Verbatim third-party JSON is TEXT: JSONB would reorder it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from catalog.store.types import Moment, Usd, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _run(name: str, comment: str, *, key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Words(32), primary_key=key, nullable=nullable, comment=comment)


def _resource(comment: str = "The resource.", *, key: bool = True) -> Column[int]:
    return Column(
        "resource_id", BigInteger, ForeignKey("resources.id"), primary_key=key, nullable=False,
        autoincrement=False, comment=comment,
    )  # fmt: skip


runs = Table(
    "runs", metadata,
    Column("id", Words(32), primary_key=True, comment="Derived from the run's clock, e.g. 20260424T150135625676Z."),
    Column("started_at", Moment, nullable=False, comment="The run's only clock."),
    Column("window_30d_from", Moment, nullable=False, comment="started_at minus 30 days: the window of health_30d."),
    Column("status", Words(16), nullable=False, comment="running, probed (what was due), published, failed, refused or aborted."),
    Column("stage", Words(16), nullable=False, comment="The last stage reached: crawl, probe, build, export, publish."),
    Column("replay", Boolean, nullable=False, comment="Whether a recording was replayed instead of the live network."),
    Column("message", Text, nullable=False, comment="Why it failed or was refused; empty otherwise."),
    Column("counts", Text, nullable=False, comment="JSON object of what was listed, probed, published, …"),
    Column("timings", Text, nullable=False, comment="JSON object stage → seconds; empty in releases."),
    comment="One row per night.",
)  # fmt: skip

sources = Table(
    "sources", metadata,
    Column("name", Words(100), primary_key=True, comment="The configured name of the facilitator."),
    Column("url", Text, nullable=False, comment="Where its bazaar is listed."),
    _run("first_run", "First run that asked it."),
    _run("last_run", "Last run that asked it."),
    comment="Facilitators whose bazaars are read.",
)  # fmt: skip

source_runs = Table(
    "source_runs", metadata,
    _run("run_id", "The run.", key=True),
    Column("source", Words(100), primary_key=True, comment="The source's name."),
    Column("status", Words(16), nullable=False, comment="running, done or failed."),
    Column("pages", Integer, nullable=False, comment="Pages read."),
    Column("rows_read", BigInteger, nullable=False, comment="Rows read, repeats and unreadable ones included."),
    Column("distinct_rows", BigInteger, nullable=False, comment="Distinct ones among them."),
    Column("total", BigInteger, comment="The total the source reported last."),
    Column("complete", Boolean, nullable=False, comment="Whether distinct rows reached the reported total."),
    Column("verdict", Words(16), comment="accepted (what it lacks counts as absent), empty, partial, shrunken or turned_over; null while it is read and where it failed."),
    Column("message", Text, nullable=False, comment="Why it failed or stopped early; empty otherwise."),
    comment="What each source gave in each run.",
)  # fmt: skip

origins = Table(
    "origins", metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="63-bit hash of the host and port."),
    Column("host", Words(), nullable=False, comment="Host, with a port where it is not the default."),
    Column("url", Text, nullable=False, comment="https preferred."),
    Column("slug", Words(200), nullable=False, unique=True, comment="Given once, kept for ever."),
    Column("domain", Text, nullable=False, comment="Registrable domain, platforms' private suffixes respected."),
    Column("provider", Text, nullable=False, comment="Name of the provider: declared, brand, or host."),
    Column("resources", Integer, nullable=False, comment="Published resources."),
    Column("payable", Integer, nullable=False, comment="Of these, payable at the last counted check."),
    Column("first_seen_at", Moment, nullable=False, comment="When the first of its resources was first listed."),
    comment="Servers: scheme-blind host and port.",
)  # fmt: skip

resources = Table(
    "resources", metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="63-bit hash of identity and tool."),
    Column("identity", Words(), nullable=False, comment="Canonical URL, scheme-blind: //host/path?query."),
    Column("tool", Words(200), nullable=False, comment="MCP tool name; empty for HTTP."),
    Column("url", Text, nullable=False, comment="As listed, https preferred, secrets redacted."),
    Column("slug", Words(200), unique=True, comment="Given at the first build, kept for ever."),
    Column("origin_id", BigInteger, index=True, comment="Its server; null before the first build."),
    Column("kind", Words(8), nullable=False, comment="http, mcp, or api_key (documented by its origin, takes an API key, never asked)."),
    Column("methods", Text, nullable=False, comment="Declared HTTP methods, comma-separated."),
    Column("listed", Boolean, nullable=False, comment="Whether any source still lists it."),
    Column("first_seen_at", Moment, nullable=False, comment="First listing in this store."),
    Column("last_listed_at", Moment, nullable=False, comment="Last run in which a source listed it."),
    Column("last_changed_at", Moment, comment="When its published document last changed."),
    Column("title", Text, comment="Published title."),
    Column("protocol", Words(16), comment="x402, l402, mpp, …; null for a plain 402."),
    Column("x402_version", Integer, comment="1 or 2; null where undeclared."),
    Column("category", Words(32), comment="First level of the taxonomy."),
    Column("subcategory", Words(32), comment="Second level."),
    Column("provider", Text, comment="As in the document."),
    Column("price_usd", Usd, comment="The price per call in dollars; null where it is not known."),
    Column("price_atomic", Text, comment="The same in the asset's smallest unit, verbatim."),
    Column("price_asset", Text, comment="Asset symbol of the price."),
    Column("price_network", Text, comment="Network short name of the price."),
    Column("price_basis", Words(8), comment="live or listed."),
    Column("pricing_flag", Words(20), comment="very_low, low, normal, high, very_high or insufficient_data."),
    Column("pricing_ratio", Text, comment="Price ÷ category median, three places."),
    Column("pricing_review_required", Boolean, comment="As in the document."),
    Column("pricing_decimal_suspect", Boolean, comment="As in the document."),
    Column("trust_tier", Words(24), comment="As in the document."),
    Column("risks", Text, comment="Risk checks that hit, comma-separated, empty for none; their evidence is in the document."),
    Column("status", Words(10), comment="healthy, degraded, down or unknown."),
    Column("status_since", Moment, comment="First run of an unbroken row with this status."),
    Column("lifecycle", Words(20), comment="active, failing, dormant, delisted, gone or removed_by_owner."),
    Column("lifecycle_since", Moment, comment="When it entered this state."),
    Column("cluster_id", Words(24), index=True, comment="Duplicate cluster; null for a singleton."),
    Column("last_outcome", Words(16), comment="Outcome of the last counted check."),
    Column("last_checked_at", Moment, comment="Last check that was sent."),
    Column("last_payable_at", Moment, comment="Last payable check."),
    Column("consecutive_failures", Integer, nullable=False, comment="Counted checks since the last payable one."),
    Column("unanswered_streak", Integer, nullable=False, comment="Counted checks in a row without an HTTP answer or with 5xx."),
    Column("gone_since", Moment, comment="Start of an unbroken row of no-DNS, 404 or 410 answers."),
    comment="One row per (canonical URL, MCP tool), never deleted.",
)  # fmt: skip

listings = Table(
    "listings", metadata,
    _resource(),
    Column("source", Words(100), primary_key=True, comment="Who lists it."),
    _run("first_run", "Run in which this content appeared.", key=True),
    _run("last_run", "Last run in which it stood unchanged."),
    Column("current", Boolean, nullable=False, comment="Whether this is the source's latest row of the resource."),
    Column("missed", Integer, nullable=False, comment="Complete listings in a row without it."),
    Column("absent_since", Moment, comment="First complete listing without it; null while it is listed."),
    Column("content_hash", Words(64), nullable=False, comment="sha256 over the normalised content."),
    Column("last_updated", Moment, comment="As the source declares."),
    Column("quality", Text, comment="Usage the source declares (calls, payers), JSON."),
    Column("raw", Text, nullable=False, comment="The row's JSON, verbatim but for white space and redacted secrets."),
    Column("record", Text, nullable=False, comment="The decoded listing, JSON; empty in releases."),
    Index("ix_listings_current", "source", "current"),
    comment="Versions of what each source lists: a row is appended only when normalised content changed.",
)  # fmt: skip

challenges = Table(
    "challenges", metadata,
    _resource(),
    _run("first_run", "Run in which these terms were first answered.", key=True),
    _run("last_run", "Last run in which they stood unchanged."),
    Column("current", Boolean, nullable=False, comment="Whether these are the latest live terms."),
    Column("content_hash", Words(64), nullable=False, comment="sha256 over the normalised terms."),
    Column("record", Text, nullable=False, comment="The decoded challenge, JSON; empty in releases."),
    comment="Versions of the 402 terms each resource answered with.",
)  # fmt: skip

payment_options = Table(
    "payment_options", metadata,
    _resource(),
    Column("basis", Words(8), primary_key=True, comment="listed or live."),
    Column("position", Integer, primary_key=True, comment="Place in accepts, from 0."),
    Column("scheme", Text, nullable=False, comment="exact, upto, …"),
    Column("network", Text, nullable=False, comment="Short name where known, else as declared."),
    Column("network_id", Text, comment="CAIP-2; null where unknown."),
    Column("testnet", Boolean, comment="Null where the network is unknown."),
    Column("asset", Text, nullable=False, comment="Asset address or code."),
    Column("asset_symbol", Text, comment="Null for an unknown asset."),
    Column("pay_to", Text, nullable=False, comment="Recipient as declared."),
    Column("amount_atomic", Text, nullable=False, comment="Verbatim, in the asset's smallest unit."),
    Column("price_usd", Usd, comment="Null unless the asset is a known dollar token."),
    Column("max_timeout_seconds", Integer, comment="As declared."),
    Column("problems", Text, nullable=False, comment="Why nobody could pay it, comma-separated; empty if valid."),
    comment="Current payment terms, as listed and as last answered.",
)  # fmt: skip

offer_changes = Table(
    "offer_changes", metadata,
    _run("run_id", "Run that saw the change.", key=True),
    _resource(),
    Column("source", Words(100), primary_key=True, comment="Who states the new terms: the source that lists it, or live."),
    Column("position", Integer, primary_key=True, comment="Counts the changes of one resource and run."),
    Column("at", Moment, nullable=False, comment="The run's time."),
    Column("kind", Words(16), nullable=False, comment="Since the last build: price, price_appeared, price_vanished, pay_to, asset, network, timeout, scheme, schema, accept_added, accept_removed. Listed against live, when it begins and when it ends: differs_ and agrees_ with price, pay_to, asset, network, timeout, scheme or schema. Recipients that take turns: pay_to_rotates, pay_to_settled."),
    Column("accept", Text, nullable=False, comment="Which accept: scheme, network, asset; of a schema input_schema or output_schema."),
    Column("old", Text, comment="Value before; differs_: as listed; agrees_: as it was answered."),
    Column("new", Text, comment="Value after; differs_: as answered; agrees_: as both say now; pay_to_rotates: how many recipients."),
    Column("old_usd", Usd, comment="Of prices: exact dollars; null unless the asset is a known dollar token."),
    Column("new_usd", Usd, comment="Likewise."),
    comment="Append-only history of terms, normalised per accept.",
)  # fmt: skip

checks = Table(
    "checks", metadata,
    _resource(),
    _run("run_id", "The run.", key=True),
    Column("at", Moment, nullable=False, comment="The run's time."),
    Column("outcome", Words(16), nullable=False, comment="See docs: check outcomes."),
    Column("observed", Words(16), comment="What was observed where a guard made the outcome prober_fault; else null."),
    Column("counted", Boolean, nullable=False, comment="Whether it counts in uptime and streaks."),
    Column("method", Words(8), comment="HTTP method of the attempt that answered."),
    Column("status", Integer, comment="HTTP status; null without an answer."),
    Column("error", Words(16), comment="dns, refused, reset, tls, timeout, too_large, bad_http, blocked; null with an answer."),
    Column("latency_ms", Integer, comment="Of the attempt that answered; null where it was not measured."),
    Column("message", Text, nullable=False, comment="One sentence."),
    Column("attempts", Text, nullable=False, comment="JSON list of all attempts, without what the columns and the resource's URL tell; empty where that is all."),
    Column("certificate_expires", Moment, comment="Of the server's TLS certificate, where one was seen."),
    Column("answered_by", Integer, comment="Index of the attempt the outcome rests on; null where nothing was sent."),
    Column("layers", Text, comment="How far it came, in the order dns, connect, tls, http, challenge, terms, match: + passed, ! failed, - not reached, . does not apply or was not judged; milliseconds behind it where measured. Null where nothing was sent."),
    Column("failed_layer", Words(9), comment="The first of them that failed; null where none did."),
    comment="One check per run and resource.",
    sqlite_with_rowid=False,
)  # fmt: skip

unsettled_checks = Table(
    "unsettled_checks", metadata,
    _resource(),
    _run("run_id", "The run.", key=True),
    Column("terms_hash", Words(64), comment="sha256 over the normalised live terms; null without terms."),
    Column("terms", Text, comment="The decoded challenge, JSON; null without terms."),
    Index("ix_unsettled_checks_run_id", "run_id"),
    comment="Checks of a night that is not judged yet: they have moved nothing. Empty once it is settled.",
)  # fmt: skip


def _figures() -> tuple[Column[Any], ...]:
    return (
        Column("checks", Integer, nullable=False, comment="All checks."),
        Column("counted", Integer, nullable=False, comment="Counted checks."),
        Column("payable", Integer, nullable=False, comment="Payable ones."),
        Column("answered", Integer, nullable=False, comment="Counted ones with an HTTP answer."),
        Column("outcomes", Text, nullable=False, comment="Each outcome, *n where there were n: payable*2,timeout."),
        Column("latencies", Text, nullable=False, comment="Payable latencies in ms in the order of the runs: 120,95."),
    )


check_days = Table(
    "check_days", metadata,
    _resource(),
    Column("day", Words(10), primary_key=True, comment="UTC date, ISO."),
    *_figures(),
    comment="Checks per resource and day, kept for ever (single checks are kept 90 days).",
    sqlite_with_rowid=False,
)  # fmt: skip

check_months = Table(
    "check_months", metadata,
    _resource(),
    Column("month", Words(7), primary_key=True, comment="UTC month, e.g. 2026-04."),
    *_figures(),
    comment="The days of each month together: what all-time figures are made of, however long the history.",
    sqlite_with_rowid=False,
)  # fmt: skip

clusters = Table(
    "clusters", metadata,
    Column("id", Words(24), primary_key=True, comment="data-cl- and 12 hex from the founding member."),
    Column("canonical_id", BigInteger, comment="Canonical member; null for a dissolved or merged cluster."),
    Column("reason", Text, nullable=False, comment="Why that member is canonical."),
    Column("size", Integer, nullable=False, comment="Members now."),
    Column("merged_into", Words(24), comment="The older id that took it over."),
    _run("first_run", "Run that founded it."),
    _run("last_run", "Last run it stood."),
    comment="Duplicate clusters, ids for ever.",
)  # fmt: skip

cluster_events = Table(
    "cluster_events", metadata,
    _run("run_id", "The run.", key=True),
    Column("kind", Words(8), primary_key=True, comment="merged or split."),
    Column("cluster_id", Words(24), primary_key=True, comment="The id that stays."),
    Column("other_id", Words(24), primary_key=True, comment="merged: the id that went; split: the id the others have now."),
    Column("evidence", Text, nullable=False, comment="One sentence."),
    comment="Merges and splits of clusters.",
)  # fmt: skip

duplicate_edges = Table(
    "duplicate_edges", metadata,
    Column("a_id", BigInteger, primary_key=True, autoincrement=False, comment="One resource."),
    Column("b_id", BigInteger, primary_key=True, autoincrement=False, comment="The other."),
    Column("relation", Words(20), nullable=False, comment="same_endpoint, environment, mirror, template_instance or variant."),
    Column("score", Integer, nullable=False, comment="0 to 100."),
    Column("evidence", Text, nullable=False, comment="One sentence."),
    comment="Typed evidence behind the clusters, as of the last build.",
)  # fmt: skip

lifecycle_events = Table(
    "lifecycle_events", metadata,
    _resource(),
    _run("run_id", "The run.", key=True),
    Column("at", Moment, nullable=False, comment="The run's time."),
    Column("old", Words(20), comment="State before; null when first seen."),
    Column("new", Words(20), nullable=False, comment="State after."),
    Column("reason", Text, nullable=False, comment="The rule that held."),
    comment="Transitions of the lifecycle.",
)  # fmt: skip

attestations = Table(
    "attestations", metadata,
    Column("origin_id", BigInteger, primary_key=True, autoincrement=False, comment="Who declares."),
    Column("kind", Words(32), primary_key=True, comment="Which document: well_known, x402_json, openapi, agent_card; or ownership_proofs."),
    Column("subject", Words(), primary_key=True, comment="What it declares it about: a resource's canonical URL (#tool for MCP), or its own //host."),
    Column("evidence", Text, nullable=False, comment="JSON of the document's URL and what it says; nothing in it was verified."),
    Column("current", Boolean, nullable=False, comment="Whether the document still says so."),
    _run("first_run", "Run in which it said so first, in these words."),
    _run("last_run", "Last run that saw it."),
    comment="What origins declare about themselves.",
)  # fmt: skip

origin_pages = Table(
    "origin_pages", metadata,
    Column("origin_id", BigInteger, primary_key=True, autoincrement=False, comment="The origin, as in origins."),
    Column("path", Words(100), primary_key=True, comment="Which of its own documents."),
    Column("host", Words(), nullable=False, comment="Host, with a port where it is not the default."),
    Column("status", Integer, comment="HTTP status of the last answer; null without one."),
    Column("etag", Text, nullable=False, comment="ETag of the last answer that was read; empty where it had none."),
    Column("last_modified", Text, nullable=False, comment="Last-Modified of that answer; likewise."),
    Column("reader", Integer, nullable=False, comment="Which version of our decoders read it."),
    Column("name", Text, nullable=False, comment="What it calls the service or site; empty where it does not."),
    Column("favicon", Text, nullable=False, comment="The icon it names; empty where it names none."),
    _run("changed_run", "Run in which name or icon last changed."),
    _run("last_run", "Last run that asked for it."),
    comment="One visit to each origin's own documents a night: what they answered, and how to ask only for news.",
)  # fmt: skip

copies = Table(
    "copies", metadata,
    _resource(),
    Column("writer", Words(64), nullable=False, comment="Who wrote it, with a version."),
    Column("facts_hash", Words(64), nullable=False, comment="sha256 of the facts it was written from."),
    Column("copy", Text, nullable=False, comment="JSON of the texts."),
    _run("first_run", "Run that wrote it."),
    comment="Written texts, cached by the facts they rest on.",
)  # fmt: skip

category_stats = Table(
    "category_stats", metadata,
    _run("run_id", "The run.", key=True),
    Column("category", Words(32), primary_key=True, comment="First level."),
    Column("subcategory", Words(32), primary_key=True, comment="Second level; empty for the whole category."),
    Column("resources", Integer, nullable=False, comment="Published resources."),
    Column("votes", Integer, nullable=False, comment="Priced votes, one per duplicate cluster."),
    Column("q1", Usd, comment="Lower quartile in dollars."),
    Column("median", Usd, comment="Lower median in dollars."),
    Column("q3", Usd, comment="Upper quartile in dollars."),
    comment="Prices per category and run.",
)  # fmt: skip

findings = Table(
    "findings", metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="63-bit hash of what it is about."),
    Column("code", Words(64), nullable=False, index=True, comment="Dotted and stable."),
    Column("severity", Words(8), nullable=False, comment="info, warning or error."),
    Column("url", Words(), nullable=False, comment="The URL concerned; may be empty."),
    Column("source", Words(100), nullable=False, comment="Where it was seen: a source's name, live, or a stage."),
    Column("field", Words(), nullable=False, comment="Which field."),
    Column("evidence", Words(), nullable=False, comment="Excerpt of the latest occurrence."),
    _run("first_run", "First run that saw it."),
    _run("last_run", "Last run that saw it."),
    comment="Everything that was not taken over whole; repeated ones are kept once.",
)  # fmt: skip

documents = Table(
    "documents", metadata,
    Column("kind", Words(16), primary_key=True, comment="resource, health, server, category or cluster."),
    Column("name", Words(200), primary_key=True, comment="File name without .json."),
    Column("sha256", Words(64), nullable=False, comment="Of the body."),
    Column("size", Integer, nullable=False, comment="Bytes of the body."),
    Column("content_hash", Words(64), nullable=False, comment="sha256 without generated_at: what makes it change."),
    Column("generated_at", Moment, nullable=False, comment="When the content last changed."),
    Column("body", Text, nullable=False, comment="The document's bytes."),
    _run("last_run", "Last build that held it."),
    comment="The published documents as built, not part of releases' catalog.sqlite.",
)  # fmt: skip

UNPUBLISHED = frozenset({"documents", "unsettled_checks"})
"""Tables that stay out of a release: their content is the release, or counts for nothing yet."""
