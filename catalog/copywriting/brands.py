"""Who a resource is by: the declared service name, else the brand in its domain, else nobody.

A tenant of a hosting platform is named by its owner only sometimes: tunnels and previews get random words, and
platforms add hashes and environment words, so what looks generated is no brand (DESIGN "title", "provider").
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

import idna

from catalog.copywriting.wording import capital, word_set
from catalog.environments import read_host
from catalog.text import one_line

MAX_BRAND = 40

_ADDRESS = re.compile(r"[\d.]+|.*:.*")
_DEPLOYMENT = word_set(
    "prod production staging stage dev development test testnet preview main master live www app api backend server web "
    "service svc v1 v2 v3 git up"
)
_GENERIC = word_set(
    "api apis x402 service services server endpoint endpoints test testing demo example untitled default app website site "
    "home index localhost unknown none null undefined resource protected my-app vite next.js create-next-app"
)
# Words Vercel appends to a project's name when the plain name is taken.
_VERCEL = word_set(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi "
    "omega one two three four five six seven eight nine ten amber azure black blond blue blush bronze brown coral cyan "
    "dun dusky ebon ecru fawn flame flax gilt gold gray green grey gules hazel henna indol ivory jade jet khaki lac liard "
    "lilac lime livid lovat mauve murex navy neon ochre olive opal orange orcin orpin peach pink plum puce red roan rose "
    "rouge ruby rust sable sage sand sandy sepia sienna silk smoky snowy steel swart tan taupe teal topaz umber vert "
    "virid weld wheat wine woad"
)
_DEALERS = (".railway.app", ".herokuapp.com", ".netlify.app", ".fly.dev", ".glitch.me", ".deno.dev", ".replit.app")
"""Platforms that deal out names of two or three plain words (``capable-grace``) where the owner chose none."""
_TRADE = word_set(
    "x402 402 api agent agents ai bot defi token tokens nft crypto web3 oracle intel data mcp pay payment wallet trust tools"
)
"""Words the dealt names never hold: with one of them the owner chose the name."""
_HOLLOW = (
    _GENERIC
    | _DEPLOYMENT
    | _TRADE
    | word_set(
        "chat echo next starter template lookup joke jokes hello world express hono flask fastapi node react nextjs worker workers "
        "function functions project repo facilitator proxy gateway probe health ping weather search mainnet public private new"
    )
)
"""Words of templates and of what everybody sells: a tenant's name of nothing else names nobody."""
_SUFFIX = re.compile(r"[a-z0-9]{3,10}")
_CLOUD_RUN = re.compile(r"-[a-z0-9]{10}-[a-z]{2}$|-\d{9,}$")
"""What Cloud Run appends to a service's name: a hash and a region, or the project's number."""
_X_NUMBER = re.compile(r"x\d{2,4}")


@lru_cache(maxsize=16384)
def brand(host: str, service_name: str = "") -> str | None:
    """The name to show before a title and as provider, or None where neither name nor host tells one.

    ``("x402.dopamint.ai")`` → ``Dopamint``; ``("api.example.com", "Weather Desk")`` → ``Weather Desk``; IP addresses,
    tunnels and generated tenant names → None. A declared name counts unless it is empty, a URL or says nothing.
    """
    return _declared(service_name) or _from_host(host.lower().rstrip("."))


def provider(host: str, *names: str) -> str:
    """Who provides what a host serves: the first declared name that says something, else the brand in the host,
    else the host."""
    return next(filter(None, map(_declared, names)), None) or _from_host(host.lower().rstrip(".")) or host


def _declared(name: str) -> str | None:
    name = re.sub(r"<[^>]{0,100}>", " ", one_line(name)).strip(" -–—|·:\"'")
    words = name.split()
    unique = [word for at, word in enumerate(words) if at == 0 or word.lower() != words[at - 1].lower()]
    text = " ".join(unique)
    if not 2 <= len(text) <= MAX_BRAND or "://" in text or text.lower() in _GENERIC or not any(map(str.isalpha, text)):
        return None
    return None if " " not in text and looks_generated(text) else text


def _from_host(host: str) -> str | None:
    if _ADDRESS.fullmatch(host) or "." not in host:
        return None
    read = read_host(host)
    if read.kind == "tunnel":
        return None
    label = read.brand
    words = _words(label) if label else _tenant(_tenant_label(host), host)
    if not words or "-".join(words) in _GENERIC:
        return None
    return " ".join(dict.fromkeys(_shown(word) for word in words))[:MAX_BRAND].strip() or None


def _words(label: str) -> list[str]:
    if label.startswith("xn--"):
        try:
            label = idna.decode(label)
        except idna.IDNAError:
            return []
    words = [word for word in re.split(r"[-_.]", label) if word]
    while len(words) > 1 and words[0] in _DEPLOYMENT:
        words = words[1:]
    if len(words) > 2 and words[0] == "x402":
        words = words[1:]
    hollow = not any(map(str.isalpha, label)) or (len(words) == 1 and looks_generated(words[0]))
    return [] if hollow else words


def _tenant(label: str, host: str) -> list[str]:
    """The owner's part of a tenant label: up to the first hash or ``git``, without words for environments."""
    words: list[str] = []
    for word in _CLOUD_RUN.sub("", label).split("-") if host.endswith(".run.app") else label.split("-"):
        if word == "git" or looks_generated(word) or (words and re.fullmatch(r"[0-9a-f]{3,40}", word) and _digit(word)):
            break
        words.append(word)
    if host.endswith(".vercel.app") and len(words) > 1 and words[-1] in _VERCEL:
        words.pop()
    if len(words) > 1 and _SUFFIX.fullmatch(words[-1]) and _digit(words[-1]):
        words.pop()
    dealt = host.endswith(_DEALERS) and len(words) > 1 and _TRADE.isdisjoint(words)
    words = list(filter(None, words))
    while words and words[-1] in _DEPLOYMENT:
        words.pop()
    while words and words[0] in _DEPLOYMENT:
        words = words[1:]
    if (dealt and 1 < len(words) < 4) or _HOLLOW.issuperset(word.removeprefix("x402") or word for word in words):
        return []
    while len(words) > 1 and words[-1] == "x402":
        words.pop()
    if len(words) > 1 and words[0] == "x402":
        words = words[1:]
    return words[:1] if len(words) > 3 else words


def _tenant_label(host: str) -> str:
    """The label that names the owner: of Workers the account, which stands next to the platform, elsewhere the first."""
    labels = host.split(".")
    return labels[-3] if host.endswith(".workers.dev") else labels[0]


def _digit(word: str) -> bool:
    return any(map(str.isdigit, word))


@lru_cache(maxsize=16384)
def looks_generated(word: str) -> bool:
    """Whether a word looks like a hash or id: hexadecimal, digits strewn among letters, or hardly a vowel."""
    plain = word.lower()
    if len(plain) < 6 or not plain.isascii():
        return False
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(plain))
    if (changes >= 3 and not re.search(r"[a-z]{6}", plain)) or (
        len(plain) >= 8 and _digit(plain) and re.fullmatch(r"[0-9a-f]+", plain)
    ):
        return True
    vowels = sum(plain.count(vowel) for vowel in "aeiouy")
    return (len(plain) >= 10 and vowels * 5 < len(plain)) or bool(re.search(r"[bcdfghjklmnpqrstvwxz]{7}", plain))


def _shown(word: str) -> str:
    if _X_NUMBER.fullmatch(word):
        return word
    if word.startswith("x402") and len(word) > 4:
        return f"x402 {capital(word[4:])}"
    if len(word) <= 3 and not any(vowel in word for vowel in "aeiouy") and word.isalpha():
        return word.upper()
    return capital(word)
