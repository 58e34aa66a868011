"""Configuration: defaults, then ``x402-catalog.toml``, then ``X402_CATALOG_*`` variables, then the command line."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from catalog.declared import OWN, is_own
from catalog.guards import Thresholds
from catalog.run import Run
from catalog.site import Site
from catalog.urls import InvalidURL, parse
from crawler.guard import Guard
from crawler.politeness.budgets import Limits
from crawler.sources import LIVE, Source
from crawler.writing import Endpoint

if TYPE_CHECKING:
    from crawler.job import Job

DEFAULT_FILE = "x402-catalog.toml"


class ConfigError(ValueError):
    """The configuration cannot be used; the message says why in one line."""


class Config(BaseSettings):
    """All settings an operator has."""

    model_config = SettingsConfigDict(env_prefix="X402_CATALOG_", extra="forbid", env_nested_delimiter="__")

    store: str = Field("sqlite:///catalog.db", description="SQLAlchemy URL of the store.")
    out: Path = Field(Path("out"), description="Where releases are published.")
    sources: dict[str, str] = Field({}, description="NAME = URL of the bazaars to read instead of the built-in ones.")
    site_url: str = Field("https://x402all.com", description="Where the website shows the documents.")
    test_buy_url: str = Field("https://axon402.com/test-buy", description="Where an agent can try a purchase.")
    contact: str = Field("https://x402all.com/crawler", description="The URL in our User-Agent.")
    opt_out: list[str] = Field([], description="Hosts or origins whose owners want neither checks nor pages.")
    controls: list[str] = Field(
        [],
        description="URLs asked where many resources fail at once: half of them silent, and the fault is ours. "
        "Without any the sources are asked.",
    )
    max_shrunken: float = Field(
        0.4, ge=0, le=1, description="A listing that lost a larger share of its resources delists nothing at first."
    )
    max_turned_over: float = Field(
        0.6, ge=0, le=1, description="The same for one that lacks a larger share of those listed before."
    )
    max_drop: float = Field(
        0.3, ge=0, le=1, description="Where a larger share of origins newly fails, the controls are asked."
    )
    keep: int = Field(7, ge=1, description="Releases to keep; none younger than 24 hours is removed.")
    concurrency: int = Field(512, ge=1, le=4096, description="Requests under way at a time.")
    per_host: int = Field(2, ge=1, le=64, description="Of these, to one host.")
    handler: Literal["aiohttp", "httpx"] = Field(
        "aiohttp", description="HTTP client. `httpx` (`pip install 'x402-catalog[httpx]'`) is the fallback: slower."
    )
    own_addresses: list[str] = Field(
        [], description="Public addresses a router holds for this machine, never connected to; its own it knows."
    )
    timeout: float = Field(10, gt=0, le=120, description="Seconds for one check, slow bodies included.")

    host_checks: int = Field(1_000, ge=1, description="Checks of one host's resources a night.")
    domain_checks: int = Field(2_000, ge=1, description="Checks of the resources under one registrable domain a night.")
    address_requests: int = Field(10_000, ge=2, description="Requests to one connected address a night.")
    per_address: int = Field(32, ge=1, description="Requests to one connected address at a time.")
    delay: float = Field(0.25, ge=0, le=60, description="Seconds between the beginnings of two requests to one host.")
    patience: float = Field(
        300, ge=0, description="Seconds of `Retry-After` one host is granted a night, all together."
    )

    writer_url: str = Field(
        "", description="OpenAI-compatible endpoint (`http://localhost:8000/v1`) of a model that writes the texts; empty: "
        "the deterministic writer alone."
    )  # fmt: skip
    writer_model: str = Field("", max_length=64, description="The model's name, as the endpoint knows it.")
    writer_key_env: str = Field("", description="The variable that holds the endpoint's key; empty: none is sent.")
    writer_budget: int = Field(1_000, ge=0, description="Requests to the model in one build, retries included.")
    writer_concurrency: int = Field(4, ge=1, le=256, description="Of these, under way at a time.")
    writer_timeout: float = Field(60, gt=0, le=600, description="Seconds for one of them.")

    @field_validator("handler")
    @classmethod
    def _installed(cls, value: str) -> str:
        """Told now: a missing client would be found by every single request."""
        if value == "httpx" and importlib.util.find_spec("httpx2") is None:
            raise ValueError("httpx is not installed: pip install 'x402-catalog[httpx]'")
        return value

    @field_validator("own_addresses")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        """Addresses as sockets name them."""
        return [str(ip_address(entry.strip())) for entry in value]

    @field_validator("opt_out")
    @classmethod
    def _owners(cls, value: list[str]) -> list[str]:
        """Hosts and origins as they are compared: lower-case IDNA."""
        try:
            return [
                parse(entry.strip()).origin if "://" in entry else parse(f"https://{entry.strip()}").netloc
                for entry in value
            ]
        except InvalidURL as error:
            raise ValueError(f"a host or an origin is wanted: {error}") from None

    @field_validator("controls")
    @classmethod
    def _asked(cls, value: list[str]) -> list[str]:
        try:
            for url in value:
                parse(url)
        except InvalidURL as error:
            raise ValueError(f"a URL is wanted: {error}") from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line first, then variables, then the file."""
        del dotenv_settings, file_secret_settings
        named = os.environ.get("X402_CATALOG_CONFIG", DEFAULT_FILE)
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(named))

    def site(self) -> Site:
        """What the documents say of the site."""
        return Site(self.site_url, self.test_buy_url, frozenset(self.opt_out))

    def writer(self) -> Endpoint | None:
        """The model that writes the texts; None where none is configured. Raises :class:`ConfigError`."""
        if not self.writer_url:
            return None
        url = self.writer_url.rstrip("/").removesuffix("/chat/completions")
        if not url.startswith(("http://", "https://")) or not self.writer_model:
            raise ConfigError("writer_url wants an http(s) URL, and writer_model the model's name")
        if importlib.util.find_spec("spellchecker") is None:
            raise ConfigError(
                "a model's texts are checked by what the extra llm installs: pip install 'x402-catalog[llm]'"
            )
        key = os.environ.get(self.writer_key_env, "") if self.writer_key_env else ""
        if self.writer_key_env and not key:
            raise ConfigError(f"writer_key_env: the variable {self.writer_key_env} is not set")
        return Endpoint(
            f"{url}/chat/completions", self.writer_model, key,
            self.writer_budget, self.writer_concurrency, self.writer_timeout,
        )  # fmt: skip

    def thresholds(self) -> Thresholds:
        """From where on the guards speak up."""
        return Thresholds(self.max_shrunken, self.max_turned_over, self.max_drop)

    def live_sources(self) -> tuple[Source, ...]:
        """The configured sources, else the built-in ones."""
        return tuple(source(name, url) for name, url in self.sources.items()) or LIVE

    def limits(self) -> Limits:
        """What one run may ask of others."""
        return Limits(
            self.host_checks, self.domain_checks, self.address_requests, self.per_address, self.delay, self.patience
        )

    def scrapy(self) -> dict[str, Any]:
        """Overrides of :mod:`crawler.settings`."""
        handler = {"aiohttp": "crawler.handlers.GuardedHandler", "httpx": "crawler.fallback.HttpxHandler"}[self.handler]
        return {
            "CONCURRENT_REQUESTS": self.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": self.per_host,
            "DOWNLOAD_TIMEOUT": self.timeout,
            "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), handler),
        }

    def guard(self, *, allow_private: bool, replay: str | None = None) -> Guard:
        """The address guard: sources the operator named may be private, nothing else; under a replay its server's
        ``host:port`` alone. Built-in sources are public and need no exemption."""
        pairs = set()
        for url in [f"http://{replay}"] if replay else self.sources.values():
            parts = parse(url)
            pairs.add((parts.host, parts.port or (443 if parts.scheme == "https" else 80)))
        return Guard(allow_private, frozenset(pairs), frozenset(self.own_addresses))


def load(**overrides: Any) -> Config:
    """The configuration with the command line's values (None leaves a setting alone). Raises :class:`ConfigError`."""
    named = os.environ.get("X402_CATALOG_CONFIG")
    if named and not Path(named).is_file():
        raise ConfigError(f"X402_CATALOG_CONFIG names {named}, which is no file")
    unknown = sorted(
        name for name in os.environ
        if name.startswith("X402_CATALOG_") and name.removeprefix("X402_CATALOG_").lower().partition("__")[0]
        not in {*Config.model_fields, "config", "shared"}
    )  # fmt: skip
    if unknown:
        raise ConfigError(f"unknown setting: {', '.join(unknown)}")
    try:
        return Config(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise ConfigError(f"unknown setting: {name}") from None
        raise ConfigError(f"setting {name}: {first['msg']}") from None
    except SettingsError as error:
        told = str(error).splitlines()[0].partition(" from source")[0]
        raise ConfigError(f"{told}: lists and tables in X402_CATALOG_* variables are JSON") from None
    except (ValueError, OSError) as error:
        raise ConfigError(f"{named or DEFAULT_FILE}: {str(error).splitlines()[0]}") from None


def source(name: str, url: str) -> Source:
    """A configured source; a built-in one of that name lends its paging. Raises :class:`ConfigError`."""
    if is_own(name):
        raise ConfigError(f"source {name}: names that begin with {OWN} are for what origins declare themselves")
    try:
        parse(url)
    except InvalidURL as error:
        raise ConfigError(f"source {name}: {url} is no http(s) URL: {error}") from None
    return replace(next((s for s in LIVE if s.name == name), Source(name, url)), url=url)


def standalone_job() -> Job:
    """What ``scrapy crawl`` works on: the configured store and sources, at the clock of the run in progress.

    The store stays locked until the process ends. Raises :class:`StoreError` where a night holds it.
    """
    from catalog.store.engine import open_store
    from catalog.store.runs import begin_run, unfinished_run
    from crawler.job import Job
    from crawler.politeness.addresses import Addresses

    config = load()
    store = open_store(config.store)
    held = contextlib.ExitStack()
    held.enter_context(store.lock())
    atexit.register(held.close)
    now = datetime.now(UTC)
    run = unfinished_run(store, now) or Run(now)
    begin_run(store, run, replay=False)
    return Job(
        store, run, config.live_sources(), config.guard(allow_private=False), config.site(), contact=config.contact,
        settings=config.scrapy(), addresses=Addresses(config.limits()),
    )  # fmt: skip
