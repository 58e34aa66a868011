"""Networks, assets and addresses: what the spellings of the wild mean, as far as it is known.

A network is named by its CAIP-2 id, an asset by (network id, comparable address). Everything known stands in
``data/networks.json`` and ``data/assets.json``; where facilitators' SDKs disagree on a chain id the majority is
kept. What is unknown stays unknown (None): decimals are never assumed. EVM addresses (and any other hexadecimal)
compare without regard to case, base58 and everything else verbatim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from eth_utils.address import to_checksum_address

from catalog import addresses
from catalog.addresses import address_id
from catalog.records import Json

_CAIP2 = re.compile(r"([-A-Za-z0-9]{3,8}):([-_A-Za-z0-9]{1,32})")
"""``namespace:reference`` as CAIP-2 defines it."""
_CAIP19 = re.compile(r"([^/]+)/(?:erc20|bep20|token|spl|trc20|asa|asset):([^/]+)", re.IGNORECASE)
"""``chain/asset_namespace:asset_reference``, for the namespaces of fungible tokens."""
_SYMBOL_ADDRESS = re.compile(r"[^:/\s]{1,16}:(0[xX][0-9a-fA-F]{40})")
_FAMILIES = {"eip155": "evm", "solana": "svm"}
_HASHED = 16
"""Characters of a genesis hash that are enough to know it by: it is a network's reference whole, as CAIP-2 cuts it to
32 characters, and cut otherwise."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network payments settle on."""

    id: str
    """CAIP-2, e.g. ``eip155:8453``."""
    name: str
    """The short name, v1's where there is one: ``base``."""
    title: str
    """For people: ``Base``."""
    testnet: bool
    family: str
    """Which rules its addresses follow: ``evm``, ``svm``, or a name of its own (``stellar``, ``keeta``, …)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A token on one network."""

    network_id: str
    address: str
    """Display form: EIP-55 on EVM, verbatim elsewhere."""
    symbol: str
    name: str
    decimals: int
    """How many decimal places one unit has: 10**decimals of the smallest unit."""
    usd: bool
    """Whether it is a dollar stablecoin, so that one unit is one dollar."""
    eip712_name: str | None
    """The token's EIP-712 domain, which a payer signs; None where unknown or not used."""
    eip712_version: str | None


def _read(name: str) -> list[dict[str, Json]]:
    rows: list[dict[str, Json]] = json.loads((files("catalog") / "data" / name).read_text("utf-8"))
    return rows


@lru_cache(maxsize=1)
def _networks() -> dict[str, Network]:
    """Every known spelling, normalised by :func:`_spelling`, to its network."""
    known: dict[str, Network] = {}
    for row in _read("networks.json"):
        aliases = row.pop("aliases")
        entry = Network(**row)
        for spelling in (entry.id, entry.name, *aliases):
            known[_spelling(spelling)] = entry
    return known


@lru_cache(maxsize=1)
def _assets() -> dict[tuple[str, str], Asset]:
    """(network id, comparable address) to asset."""
    return {(entry.network_id, address_id(entry.address)): entry for entry in _read_assets()}


def _read_assets() -> Iterator[Asset]:
    for row in _read("assets.json"):
        name, version = row.pop("eip712") or (None, None)
        yield Asset(network_id=row.pop("network"), eip712_name=name, eip712_version=version, **row)


@lru_cache(maxsize=1)
def _symbols() -> dict[tuple[str, str], list[Asset]]:
    """(network id, lower-case symbol) to the assets that bear it."""
    bearers: dict[tuple[str, str], list[Asset]] = {}
    for entry in _assets().values():
        bearers.setdefault((entry.network_id, entry.symbol.lower()), []).append(entry)
    return bearers


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, str], Asset]:
    return {
        (a.network_id, name.casefold()): a for a in _assets().values() for name in (a.eip712_name, a.symbol) if name
    }


def namesake(network_id: str | None, name: str) -> Asset | None:
    """The known asset of ``network_id`` whose EIP-712 name or symbol is ``name``."""
    return _names().get((network_id or "", name.casefold()))


def _spelling(declared: str) -> str:
    return re.sub(r"[\s_]+", "-", declared.strip()).lower()


@lru_cache(maxsize=4096)
def network(declared: str) -> Network | None:
    """The network a CAIP-2 id, short name, alias or bare EVM chain id names, in any letter case; else None.

    A genesis hash (Algorand's, Solana's) may be whole or cut.
    """
    spelling = _spelling(declared)
    known = _networks()
    return known.get(f"eip155:{spelling}" if spelling.isdecimal() else spelling) or _hashed(spelling)


def _hashed(spelling: str) -> Network | None:
    """The network whose genesis hash ``spelling`` holds a part of, from its beginning."""
    if len(spelling.partition(":")[2]) < _HASHED:
        return None
    return next((entry for name, entry in _networks().items() if name.startswith(spelling)), None)


@lru_cache(maxsize=4096)
def network_id(declared: str) -> str | None:
    """The CAIP-2 id: of a known network, or of an unknown one that is already written so; else None."""
    known = network(declared)
    if known:
        return known.id
    match = _CAIP2.fullmatch(declared.strip())
    return f"{match[1].lower()}:{match[2]}" if match else None


def short_name(declared: str) -> str:
    """``base`` for ``eip155:8453`` and ``base-mainnet``; the declared text where the network is unknown."""
    known = network(declared)
    return known.name if known else declared


@lru_cache(maxsize=4096)
def family(network_id: str | None) -> str | None:
    """``evm``, ``svm``, …: the known network's, else what its CAIP-2 namespace says; None where neither tells."""
    if network_id is None:
        return None
    known = network(network_id)
    return known.family if known else _FAMILIES.get(network_id.partition(":")[0].lower())


@lru_cache(maxsize=16384)
def asset_id(network_id: str | None, declared: str) -> str | None:
    """The comparable form of an asset on ``network_id``; None where none is declared.

    Understands ``eip155:8453/erc20:0x…`` (of this very network), ``USDC:0x…``, any letter case of hexadecimal, and
    a bare symbol where this network has exactly one known asset of it (``USDC`` also where only a bridged
    ``USDC.e`` is known). Everything else is kept as declared.
    """
    text = _bare(network_id, declared)
    if not text:
        return None
    bearer = _bearer(network_id, text)
    return address_id(bearer.address if bearer else text)


def _bare(network_id: str | None, declared: str) -> str:
    """``declared`` without what stands around its address."""
    text = declared.strip()
    caip19 = _CAIP19.fullmatch(text)
    if caip19 and network_id in (None, _chain_id(caip19[1])):
        text = caip19[2]
    symbol_address = _SYMBOL_ADDRESS.fullmatch(text)
    return symbol_address[1] if symbol_address else text


def _chain_id(declared: str) -> str | None:
    return network_id(declared)


def _bearer(network_id: str | None, symbol: str) -> Asset | None:
    if network_id is None:
        return None
    bearers = _symbols()
    wanted = symbol.lower()
    found = bearers.get((network_id, wanted)) or bearers.get((network_id, f"{wanted}.e")) or []
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=16384)
def asset(network_id: str | None, declared: str) -> Asset | None:
    """The known asset that ``declared`` names on ``network_id``, or None: then nothing about it may be assumed."""
    comparable = asset_id(network_id, declared)
    return _assets().get((network_id, comparable)) if network_id and comparable else None


@lru_cache(maxsize=16384)
def display_asset(network_id: str | None, declared: str) -> str:
    """How to show an asset: the registry's or EIP-55 casing on EVM, verbatim otherwise."""
    comparable = asset_id(network_id, declared)
    if comparable and family(network_id) == "evm" and addresses.EVM_ADDRESS.fullmatch(comparable):
        known = asset(network_id, declared)
        return known.address if known else str(to_checksum_address(comparable))
    return declared


def address_problem(network_id: str | None, address: str) -> str | None:
    """Why nobody can pay ``address`` on ``network_id``, see :func:`catalog.addresses.problem`."""
    return addresses.problem(family(network_id), address)


def asset_problem(network_id: str | None, declared: str) -> str | None:
    """What is wrong with the spelling of an asset, though it may well be known; None for a symbol that names one."""
    text = _bare(network_id, declared)
    return None if not text or _bearer(network_id, text) else addresses.problem(family(network_id), text)
