"""What a host's name tells: which deployment of which operator it is.

Two tenants of one platform are two operators (the public-suffix list's private suffixes, and the few platforms it
misses); two hosts of one registrable domain are one. A *family* is a host without the words that only name an
environment: ``x402-dev.dopamint.ai`` and ``x402.dopamint.ai`` are of one family.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from catalog.urls import is_platform_host, public_suffix, registrable_domain

Kind = Literal["production", "platform", "development", "preview", "tunnel"]
RANK: dict[Kind, int] = {"production": 0, "platform": 1, "development": 2, "preview": 3, "tunnel": 4}
"""The order in which deployments of one API are preferred."""
PASSING: frozenset[Kind] = frozenset({"development", "preview", "tunnel"})
"""Deployments that stand for another one: nobody means them to be sold."""

_DEVELOPMENT = re.compile(
    r"(?:beta|dev|develop|development|stag(?:e|ing)|stg|tests?|testing|testnet|devnet|sepolia|goerli|uat|qa|sandbox"
    r"|preview|preprod|canary|nightly|local)\d{0,2}"
)
_NEUTRAL = frozenset({"www", "prod", "production", "live", "main", "mainnet"})
_TUNNELS = frozenset({
    "bore.pub", "devtunnels.ms", "gradio.live", "lhr.life", "lhr.rocks", "loca.lt", "localhost.run", "localtunnel.me",
    "loophole.site", "ngrok.app", "ngrok.dev", "ngrok.io", "ngrok.pizza", "ngrok-free.app", "ngrok-free.dev",
    "ngrok-free.pizza", "packetriot.net", "pinggy.io", "pinggy.link", "playit.gg", "serveo.net",
    "serveousercontent.com", "telebit.cloud", "trycloudflare.com", "ts.net", "tunnelmole.net", "zrok.io",
})  # fmt: skip
_WORKSPACES = frozenset({"csb.app", "github.dev", "gitpod.io", "replit.dev", "webcontainer.io"})
_UNLISTED_PLATFORMS = frozenset({
    "azurecontainerapps.io", "edgeone.app", "koyeb.app", "modal.run", "on.aws", "railway.app", "val.run", "zuplo.app",
    "zuplo.dev",
})  # fmt: skip
"""Hosting platforms that have not put themselves on the public-suffix list."""
_CHANNELS = frozenset({"firebaseapp.com", "web.app"})
"""Platforms whose previews are ``project--channel``."""
_PREVIEWS = (
    re.compile(r"(?P<project>.+?)-git-.+-(?P<scope>[^-]+)"),  # Vercel: project-git-branch-scope
    re.compile(r"(?P<project>.+?)-(?=[a-z]*\d)[a-z0-9]{9}-(?P<scope>.+)"),  # Vercel: project-hash-scope
    re.compile(r".+--(?P<project>.+)"),  # Netlify, Lovable: deploy-preview-7--site
    re.compile(r"[0-9a-f]{8}\.(?P<project>.+)"),  # Cloudflare Pages: hash.site
    re.compile(r"(?P<project>.+)-pr-\d+"),  # Render, Railway: service-pr-7
)


@dataclass(frozen=True, slots=True)
class Host:
    """A host (with its port, if any) read as a deployment."""

    name: str
    kind: Kind
    operator: str
    """The registrable domain, or the tenant's host under a platform."""
    family: str
    """The host without environment words, ports and ``www``."""
    brand: str
    """The domain's name without its suffix; empty where the domain is a platform's or the host an address."""


@lru_cache(maxsize=16384)
def read_host(netloc: str) -> Host:
    """``netloc`` as it stands in an identity: ``host``, ``host:port`` or ``[address]:port``."""
    host = netloc.partition("]")[0].lstrip("[") if netloc.startswith("[") else netloc.partition(":")[0]
    if _is_address(host) or "." not in host:
        return Host(netloc, "development", operator=host, family=host, brand="")
    domain = registrable_domain(host)
    suffix = _under(host, _TUNNELS | _WORKSPACES | _UNLISTED_PLATFORMS) or public_suffix(host)
    if suffix in _TUNNELS or suffix in _WORKSPACES:
        return Host(netloc, "tunnel" if suffix in _TUNNELS else "preview", operator=host, family=host, brand="")
    if suffix in _UNLISTED_PLATFORMS or is_platform_host(host):
        return _read_tenant(netloc, host, suffix)
    subdomain, development = _without_environment(host.removesuffix(domain).rstrip("."))
    return Host(
        netloc,
        "development" if development else "production",
        operator=domain,
        family=f"{subdomain}.{domain}" if subdomain else domain,
        brand=domain.removesuffix(f".{suffix}"),
    )


def _read_tenant(netloc: str, host: str, suffix: str) -> Host:
    tenant = host.removesuffix(f".{suffix}")
    if suffix in _CHANNELS:
        tenant = "--".join(reversed(tenant.split("--", 1)))
    for preview in _PREVIEWS:
        if match := preview.fullmatch(tenant):
            family = ".".join((*match.groupdict().values(), suffix))
            return Host(netloc, "preview", operator=family, family=family, brand="")
    name, development = _without_environment(tenant)
    return Host(
        netloc,
        "development" if development else "platform",
        operator=host if suffix in _UNLISTED_PLATFORMS else registrable_domain(host),
        family=f"{name or tenant}.{suffix}",
        brand="",
    )


def _without_environment(labels: str) -> tuple[str, bool]:
    """Host labels without environment words, and whether one of them named an unfinished environment."""
    development = False
    kept = []
    for label in labels.split("."):
        words = label.split("-")
        unfinished = [word for word in words if _DEVELOPMENT.fullmatch(word)]
        development = development or bool(unfinished)
        rest = "-".join(word for word in words if word not in _NEUTRAL and word not in unfinished)
        kept.append(rest)
    return ".".join(filter(None, kept)), development


def _under(host: str, suffixes: frozenset[str]) -> str:
    labels = host.split(".")
    return next((tail for i in range(1, len(labels)) if (tail := ".".join(labels[i:])) in suffixes), "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
