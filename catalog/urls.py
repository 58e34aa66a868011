"""URLs as identities: what makes two listed URLs the same resource.

Canonical form (DESIGN "identity"): http/https alike, lower-case IDNA host, no default port, no userinfo, no
fragment, sorted query, no trailing slash. Written ``//host[:port]/path[?query]``.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

import idna
import tldextract

MAX_URL = 2083
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_TEMPLATE = re.compile(r"(?:^|/):[A-Za-z_][\w-]*|\{[^/{}]+\}|(?:^|/)\[[A-Za-z_.][\w.-]*\]|(?:^|/)<[A-Za-z_]\w*>")
_TEMPLATE_VALUE = re.compile(r"\{[^{}\"]+\}|=:[A-Za-z_]\w*(?:&|$)")
_SECRET_NAME = re.compile(
    r"(?i)^(?:x[-_])?(?:api[-_]?key|apikey|key|token|access[-_]?token|auth|authorization|secret|client[-_]?secret|"
    r"password|passwd|pwd|sig|signature|session|sessionid|jwt|bearer)$"
)
_SECRET_VALUE = re.compile(r"^(?:(?:sk|pk|rk|gh[opsu]|xox[bp])[-_]|AKIA|eyJ)[-_A-Za-z0-9.]{16,}$")
# What `?token=` and `?key=` mean on APIs about crypto assets: a ticker, an EVM or Solana address.
_PUBLIC_VALUE = re.compile(r"^(?:[A-Za-z]{1,5}|0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{43,44})$")
_USERINFO = re.compile(r"//[^/?#@\s]*@")
REDACTED = "REDACTED"

# The bundled snapshot of the public-suffix list, private suffixes included (vercel.app, ngrok-free.app, …):
# two tenants of one platform are not one operator. Never fetched.
_suffixes = lru_cache(maxsize=16384)(
    tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
)


class InvalidURL(ValueError):
    """The text is no http(s) URL a resource could have; the message says why in a few words."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A parsed http(s) URL; ``host`` is lower-case IDNA ASCII (IPv6 without brackets)."""

    scheme: str
    host: str
    port: int | None
    """None for the scheme's default."""
    path: str
    query: str

    @property
    def netloc(self) -> str:
        """``host`` or ``host:port``, IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """``https://host[:port]``."""
        return f"{self.scheme}://{self.netloc}"


@lru_cache(maxsize=16384)
def parse(url: str) -> Parts:
    """Split an http(s) URL. Raises :class:`InvalidURL` for other schemes, no host, bad ports, over-long texts."""
    if len(url) > MAX_URL:
        raise InvalidURL(f"longer than {MAX_URL} characters")
    if any(character <= " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in url):
        raise InvalidURL("white space, control character or lone surrogate")
    try:
        split = urlsplit(url.replace("\\", "/"))
        port = split.port
    except ValueError as error:
        raise InvalidURL(str(error)) from None
    scheme = split.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidURL(f"scheme {scheme or 'missing'}, not http or https")
    if not split.hostname:
        raise InvalidURL("no host")
    bracketed = split.netloc.rpartition("@")[2].startswith("[")
    return Parts(
        scheme=scheme,
        host=_address(split.hostname) if bracketed else _ascii_host(split.hostname),
        port=None if port == _DEFAULT_PORTS[scheme] else port,
        path=split.path,
        query=split.query,
    )


def _address(host: str) -> str:
    try:
        if "%" in host:
            raise ValueError("a zone means nothing to others")
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise InvalidURL("not an IPv6 address") from None


def _ascii_host(host: str) -> str:
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidURL(f"not an internationalised host name: {error}") from None
    host = host.rstrip(".").lower()
    if not _HOST.fullmatch(host):
        raise InvalidURL("not a host name")
    return host


def normal_escapes(text: str) -> str:
    """Percent-escapes upper-case; unreserved characters unescaped; everything else escaped, a stray ``%`` too
    (RFC 3986 §6.2.2)."""

    def replace(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%25"
        character = chr(int(match[1], 16))
        return character if re.match(r"[A-Za-z0-9._~-]", character) else f"%{match[1].upper()}"

    return quote(_ESCAPE.sub(replace, text), safe="%/:=&?~#+!$,;'@()*[]{}|<>^`\"\\")


@lru_cache(maxsize=65536)
def canonical(url: str) -> str:
    """The scheme-blind identity of ``url``: ``//host[:port]/path[?sorted query]``. Raises :class:`InvalidURL`."""
    parts = parse(url)
    path = normal_escapes(parts.path).rstrip("/")
    query = "&".join(sorted(filter(None, normal_escapes(parts.query).split("&"))))
    # A default port of either scheme goes: http://h:443 and https://h:80 do not name other services in practice.
    netloc = parts.host if parts.port in (None, 80, 443) else parts.netloc
    netloc = f"[{netloc}]" if ":" in netloc and parts.port in (None, 80, 443) else netloc
    return f"//{netloc}{path}" + (f"?{query}" if query else "")


def resource_id(identity: str, tool: str = "") -> int:
    """A 63-bit id derived from the identity, the same in every store and whatever the order of arrival."""
    digest = hashlib.sha256(f"{identity}\n{tool}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def is_template(url: str) -> bool:
    """Whether the URL is a route with unfilled parameters (``/users/:id``, ``/users/{id}``)."""
    parts = urlsplit(url)
    return bool(_TEMPLATE.search(unquote(parts.path)) or _TEMPLATE_VALUE.search(unquote(parts.query)))


def redact(url: str) -> str:
    """The URL with userinfo removed and secret-looking query values replaced by ``REDACTED``."""
    parts = parse(url)
    pairs = []
    for pair in filter(None, parts.query.split("&")):
        name, equals, value = pair.partition("=")
        secret = equals and value and _is_secret(unquote(name), unquote(value))
        pairs.append(f"{name}={REDACTED}" if secret else pair)
    query = f"?{'&'.join(pairs)}" if pairs else ""
    return f"{parts.origin}{parts.path}{query}"


def _is_secret(name: str, value: str) -> bool:
    if _SECRET_VALUE.match(value):
        return True
    ambiguous = name.lower() in ("token", "key")
    return bool(_SECRET_NAME.match(name)) and not (ambiguous and _PUBLIC_VALUE.match(value))


def without_secrets(text: str) -> str:
    """``text`` verbatim unless it is a URL with userinfo or a secret-looking query value: then without them.

    For the places where a row or challenge names its URL once more; texts that are no http(s) URL lose userinfo.
    """
    if "@" not in text and "=" not in text:
        return text
    try:
        shown = redact(text)
    except InvalidURL:
        return _USERINFO.sub("//", text)
    return shown if shown.count(REDACTED) > text.count(REDACTED) or has_userinfo(text) else text


def has_userinfo(url: str) -> bool:
    """Whether ``user:password@`` stands before the host of an http(s) URL."""
    return "@" in urlsplit(url.replace("\\", "/")).netloc


def registrable_domain(host: str) -> str:
    """The domain an operator registers (``dopamint.ai``; ``boss-grossly-redbird.ngrok-free.app`` under a
    platform's private suffix); the host itself where there is none (IP addresses, bare suffixes).

    Under a suffix the list does not name, its default rule ``*`` holds: the last two labels.
    """
    if ":" in host:
        return host
    found = _suffixes(host)
    if not found.suffix and not found.ipv4 and not found.ipv6:
        return ".".join(host.split(".")[-2:])
    return found.top_domain_under_public_suffix or host


def public_suffix(host: str) -> str:
    """``ai``, ``co.uk``, or a platform's private suffix such as ``vercel.app``."""
    return _suffixes(host).suffix


def is_platform_host(host: str) -> bool:
    """Whether the host is a tenant of a platform (a *private* public suffix), whose name is no brand."""
    return _suffixes(host).is_private
