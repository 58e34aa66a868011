"""The address guard: listings are hostile input, and no request of ours may reach what is not public.

An allow-list, applied three times: to the name in the URL (before a request is queued, and for every redirect
target), to all answers of the resolver, and to the very address a socket is about to connect to. The last is the
one that counts; there is no second look-up between it and the connection. Only globally routable unicast passes.
Python's ``is_global`` is not used: it passes NAT64, 6to4, site-local and cloud metadata addresses.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from catalog.urls import InvalidURL, parse

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_V4_SPECIAL: tuple[tuple[str, str], ...] = (
    ("168.63.129.16/32", "cloud metadata (Azure)"),
    ("169.254.169.254/32", "cloud metadata"),
    ("100.100.100.200/32", "cloud metadata (Alibaba)"),
    ("192.0.0.192/32", "cloud metadata (Oracle)"),
    ("0.0.0.0/8", "this network (RFC 791)"),
    ("10.0.0.0/8", "private use (RFC 1918)"),
    ("100.64.0.0/10", "shared address space (RFC 6598)"),
    ("127.0.0.0/8", "loopback (RFC 1122)"),
    ("169.254.0.0/16", "link-local (RFC 3927)"),
    ("172.16.0.0/12", "private use (RFC 1918)"),
    ("192.0.0.0/24", "IETF protocol assignments (RFC 6890)"),
    ("192.0.2.0/24", "documentation (RFC 5737)"),
    ("192.31.196.0/24", "AS112 (RFC 7535)"),
    ("192.52.193.0/24", "AMT (RFC 7450)"),
    ("192.88.99.0/24", "6to4 relay anycast (RFC 7526)"),
    ("192.168.0.0/16", "private use (RFC 1918)"),
    ("192.175.48.0/24", "AS112 (RFC 7534)"),
    ("198.18.0.0/15", "benchmarking (RFC 2544)"),
    ("198.51.100.0/24", "documentation (RFC 5737)"),
    ("203.0.113.0/24", "documentation (RFC 5737)"),
    ("224.0.0.0/4", "multicast (RFC 5771)"),
    ("255.255.255.255/32", "broadcast (RFC 8190)"),
    ("240.0.0.0/4", "reserved (RFC 1112)"),
)
"""The IANA IPv4 special-purpose registry, multicast, and metadata services; the first that holds gives the reason."""

_V6_SPECIAL: tuple[tuple[str, str], ...] = (
    ("fd00:ec2::254/128", "cloud metadata (AWS)"),
    ("fd20:ce::254/128", "cloud metadata (Google)"),
    ("::1/128", "loopback (RFC 4291)"),
    ("::/128", "unspecified (RFC 4291)"),
    ("::ffff:0:0/96", "IPv4-mapped (RFC 4291)"),
    ("::ffff:0:0:0/96", "IPv4-translated (RFC 2765)"),
    ("::/96", "IPv4-compatible (RFC 4291)"),
    ("64:ff9b::/96", "NAT64 (RFC 6052)"),
    ("64:ff9b:1::/48", "NAT64, local use (RFC 8215)"),
    ("100::/64", "discard only (RFC 6666)"),
    ("100:0:0:1::/64", "dummy prefix (RFC 9780)"),
    ("2001::/32", "Teredo (RFC 4380)"),
    ("2001::/23", "IETF protocol assignments (RFC 2928)"),
    ("2001:db8::/32", "documentation (RFC 3849)"),
    ("2002::/16", "6to4 (RFC 3056)"),
    ("2620:4f:8000::/48", "AS112 (RFC 7534)"),
    ("3ffe::/16", "former 6bone (RFC 3701)"),
    ("3fff::/20", "documentation (RFC 9637)"),
    ("5f00::/16", "segment routing (RFC 9602)"),
    ("fc00::/7", "unique local (RFC 4193)"),
    ("fe80::/10", "link-local (RFC 4291)"),
    ("fec0::/10", "site-local (RFC 3879)"),
    ("ff00::/8", "multicast (RFC 4291)"),
)
_V6_GLOBAL = ipaddress.IPv6Network("2000::/3")
"""All global unicast that IANA has given out (RFC 4291 §2.4); what lies outside needs no entry to be refused."""

_SPECIAL: tuple[tuple[_Network, str], ...] = tuple(
    (ipaddress.ip_network(block), reason) for block, reason in _V4_SPECIAL + _V6_SPECIAL
)

_RESERVED_SUFFIXES = (
    "alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost",
    "onion", "private", "test",
)  # fmt: skip
"""Names that mean something on the local network or nothing at all (RFC 6761, 6762, 7686, 8375, 9476; ICANN's
collisions). ``example`` is left out: samples and documentation are replayed under it."""

_BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)
"""The Fetch standard's bad ports from 1024 up; below, only 80 and 443 are allowed anyway."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_V4_PART = re.compile(r"0x[0-9a-f]*|[0-9]+")


class AddressBlocked(OSError):
    """The guard refused a host or address; ``reason`` says why. An OSError, so that aiohttp reports it as one."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)
        self.reason = reason


@lru_cache(maxsize=16384)
def address_problem(address: str) -> str | None:
    """Why the very address to connect to is refused; None for globally routable unicast."""
    if "%" in address:
        return f"{address}: zone id"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"{address}: not an IP address"
    for block, reason in _SPECIAL:
        if parsed.version == block.version and parsed in block:
            return f"{address}: {reason}"
    if parsed.version == 6 and parsed not in _V6_GLOBAL:
        return f"{address}: not global unicast"
    return None


def port_problem(port: int) -> str | None:
    """Why a port is refused; None for 80, 443 and those from 1024 up that browsers allow."""
    if port in (80, 443) or (1024 <= port <= 65535 and port not in _BAD_PORTS):
        return None
    return f"port {port} is not allowed"


def host_problem(host: str, port: int | None, scheme: str) -> str | None:
    """Why a host is refused by its name alone, before any look-up; None where it may be resolved.

    ``host`` is ASCII, as :func:`catalog.urls.parse` gives it (international names are refused), ``port`` None for
    the scheme's default. Understands every literal form of an address a resolver would.
    """
    if scheme.lower() not in ("http", "https"):
        return f"scheme {scheme or 'missing'} is not allowed"
    return (port_problem(port) if port is not None else None) or _name_problem(host)


@lru_cache(maxsize=16384)
def _name_problem(host: str) -> str | None:
    name = unicodedata.normalize("NFKC", host).replace("。", ".").lower().removesuffix(".")
    if ":" in name or name.startswith("["):
        return address_problem(name.removeprefix("[").removesuffix("]"))
    if not _HOST.fullmatch(name):
        return f"{host[:80]!r}: not a host name"
    labels = name.split(".")
    if _V4_PART.fullmatch(labels[-1]):
        literal = _ipv4_literal(labels)
        return address_problem(literal) if literal else f"{name}: not a valid IPv4 address"
    if len(labels) == 1:
        return f"{name}: single-label name"
    return f"{name}: reserved name .{labels[-1]}" if labels[-1] in _RESERVED_SUFFIXES else None


def _ipv4_literal(parts: list[str]) -> str | None:
    """Dotted decimal of an address in any notation of ``inet_aton``: decimal, octal, hexadecimal, 1 to 4 parts.

    The rule is the URL standard's IPv4 parser: a host whose last label is a number is an address or invalid.
    """
    if len(parts) > 4 or not all(_V4_PART.fullmatch(part) for part in parts):
        return None
    try:
        *leading, last = [_ipv4_number(part) for part in parts]
    except ValueError:
        return None
    free_bytes = 4 - len(leading)
    if any(number > 255 for number in leading) or last >= 256**free_bytes:
        return None
    value = sum(number << (24 - 8 * index) for index, number in enumerate(leading)) + last
    return str(ipaddress.IPv4Address(value))


def _ipv4_number(part: str) -> int:
    if len(part) > 64:
        raise ValueError("too long for a number of an address")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") else int(part)


def url_problem(url: str) -> str | None:
    """Why a URL is refused by its text alone, by a guard without exemptions; None where it may be requested."""
    return Guard().check_url(url)


@dataclass(frozen=True)
class Guard:
    """What this run may connect to: the public internet, and what the operator configured by name.

    Exemptions are (host, port) pairs, hosts in lower case and as :func:`catalog.urls.parse` gives them. They hold
    for that name and port only, not for other names of the same address.
    """

    allow_private: bool = False
    """For tests: lifts every rule about hosts and addresses; ports and schemes are still judged."""
    exempt: frozenset[tuple[str, int]] = frozenset()
    own: frozenset[str] = frozenset()
    """Public addresses of ours that a router holds, so that no socket of this machine knows them."""
    _granted: set[tuple[str, int]] = field(default_factory=set, init=False, repr=False, compare=False)
    """(address, port) an exempt name resolved to: a socket factory is told no names."""

    def without_exemptions(self) -> Guard:
        """For what the operator did not configure himself: listed resources, and where sources redirect to."""
        return Guard(allow_private=self.allow_private, own=self.own)

    def check_url(self, url: str) -> str | None:
        """Why ``url`` may not be requested; every redirect target is to be asked for too."""
        try:
            parts = parse(url)
        except InvalidURL as error:
            return str(error)
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
        if self.is_exempt(parts.host, port):
            return None
        if self.allow_private:
            return port_problem(port)
        return host_problem(parts.host, port, parts.scheme) or (
            f"{parts.host}: an address of ours" if parts.host in self.own else None
        )

    def check_address(self, address: str, port: int, host: str) -> str | None:
        """Why ``address``, to which ``host`` resolved, may not be connected to at ``port``."""
        if self.is_exempt(host, port):
            return None
        return port_problem(port) or (None if self.allow_private else self._address_problem(address))

    def _address_problem(self, address: str) -> str | None:
        return address_problem(address) or (f"{address}: an address of ours" if address in self.own else None)

    def grant(self, address: str, port: int) -> None:
        """Remember that an exempt name resolved to this address."""
        self._granted.add((address, port))

    def check_socket(self, address: str, port: int) -> str | None:
        """The last word, at the socket: a literal address, or one the resolver let pass."""
        if (address, port) in self._granted:
            return None
        return self.check_address(address, port, address)

    def may_be_ours(self, address: str, port: int) -> bool:
        """Whether it does not matter that an address belongs to this machine."""
        return self.allow_private or (address, port) in self._granted or self.is_exempt(address, port)

    def is_exempt(self, host: str, port: int) -> bool:
        """Whether the operator configured this very host and port."""
        return (host.lower().rstrip("."), port) in self.exempt
