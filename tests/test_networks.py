"""Networks, assets and addresses: what every spelling of the wild means, and what stays unknown."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import base58
import pytest
from eth_utils.address import is_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from catalog import networks

BASE = "eip155:8453"
SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
SOLANA_USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
KEETA_USDC = "keeta_amnkge74xitii5dsobstldatv3irmyimujfjotftx7plaaaseam4bntb7wnna"

NETWORK_ROWS: list[dict[str, Any]] = json.loads((files("catalog") / "data/networks.json").read_text("utf-8"))
ASSET_ROWS: list[dict[str, Any]] = json.loads((files("catalog") / "data/assets.json").read_text("utf-8"))

V1_CHAIN_IDS = {
    "ethereum": 1, "sepolia": 11155111, "base": 8453, "base-sepolia": 84532, "polygon": 137, "polygon-amoy": 80002,
    "avalanche": 43114, "avalanche-fuji": 43113, "abstract": 2741, "abstract-testnet": 11124, "iotex": 4689,
    "sei": 1329, "sei-testnet": 1328, "peaq": 3338, "story": 1514, "educhain": 41923,
    "skale-base-sepolia": 324705682, "megaeth": 4326, "monad": 143, "stable": 988, "stable-testnet": 2201,
    "celo": 42220, "flare": 14,
}  # fmt: skip


@pytest.mark.parametrize(("name", "chain"), V1_CHAIN_IDS.items())
def test_v1_names_are_caip2_ids(name: str, chain: int) -> None:
    assert networks.network_id(name) == f"eip155:{chain}"
    assert networks.short_name(f"eip155:{chain}") == name


@pytest.mark.parametrize(
    "spelling", ["base", "BASE", "base-mainnet", "Base_Mainnet", "eip155:8453", "EIP155:8453", " base ", "8453"]
)
def test_every_spelling_of_base_is_base(spelling: str) -> None:
    assert networks.network_id(spelling) == BASE
    assert networks.short_name(spelling) == "base"
    assert networks.network(spelling) == networks.Network(BASE, "base", "Base", False, "evm")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("solana", SOLANA),
        ("solana-mainnet", SOLANA),
        ("SOLANA:5EYKT4USFV8P8NJDTREPY1VZQKQZKVDP", SOLANA),
        ("solana-devnet", "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1"),
        ("Base Sepolia", "eip155:84532"),
        ("keeta:21378", "keeta:main"),
        ("algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=", "algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k"),
        ("algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8", "algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k"),
        ("algorand:wGHE2Pwdvd7S12BL", "algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k"),
        ("algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOJOUiI=", "algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe"),
        ("algorand:wGHE2Pwdvd7S12B", "algorand:wGHE2Pwdvd7S12B"),
        ("algorand:wGHE2Pwdvd7S12BX5FaOP20E", "algorand:wGHE2Pwdvd7S12BX5FaOP20E"),
        ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", SOLANA),
        ("solana:mainnet", SOLANA),
        ("stripe:live", "stripe:live"),
        ("aws:base", "aws:base"),
        ("null", None),
        ("eip155:99999", "eip155:99999"),
        ("EIP155:99999", "eip155:99999"),
        ("tvm:-239", "tvm:-239"),
        ("cosmos:cosmoshub-3", "cosmos:cosmoshub-3"),
        ("mainnet", None),
        ("nonsense", None),
        ("iso4217:", None),
        (":8453", None),
        ("eip155:8453:1", None),
        ("99999999", None),
        ("", None),
    ],
)
def test_network_ids(declared: str, expected: str | None) -> None:
    assert networks.network_id(declared) == expected


def test_what_is_unknown_keeps_its_declared_name() -> None:
    assert networks.network("eip155:99999") is None
    assert networks.short_name("eip155:99999") == "eip155:99999"
    assert networks.short_name("nonsense") == "nonsense"


def test_testnets_are_marked() -> None:
    for name in ("base-sepolia", "polygon-amoy", "solana-devnet", "xlayer-testnet", "skale-base-sepolia"):
        known = networks.network(name)
        assert known is not None
        assert known.testnet


@pytest.mark.parametrize(
    "declared",
    [USDC, USDC.lower(), f"0X{USDC[2:].upper()}", f"0x{USDC[2:].upper()}", f"{BASE}/erc20:{USDC}", f"USDC:{USDC}",
     f"base/erc20:{USDC.lower()}", "USDC", "usdc", f" {USDC} "],
)  # fmt: skip
def test_every_spelling_of_base_usdc_is_base_usdc(declared: str) -> None:
    assert networks.asset_id(BASE, declared) == USDC.lower()
    assert networks.display_asset(BASE, declared) == USDC
    known = networks.asset(BASE, declared)
    assert known == networks.Asset(BASE, USDC, "USDC", "USD Coin", 6, True, "USD Coin", "2")


@pytest.mark.parametrize(
    ("network_id", "declared", "problem"),
    [
        (BASE, USDC, None),
        (BASE, USDC.lower(), None),
        (BASE, "usdc", None),
        (BASE, f"eip155:8453/erc20:{USDC.lower()}", None),
        (BASE, f"USDC:{USDC}", None),
        (BASE, USDC.replace("A0", "a0"), "EIP-55 checksum does not match"),
        (BASE, f"USDC:{USDC.replace('A0', 'a0')}", "EIP-55 checksum does not match"),
        (BASE, "gold", "not 0x and 40 hexadecimal digits"),
        (BASE, f"eip155:137/erc20:{USDC}", "not 0x and 40 hexadecimal digits"),
        (SOLANA, SOLANA_USDC, None),
        (SOLANA, SOLANA_USDC.lower(), "not base58 of 32 bytes"),
        ("tron:728126428", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", None),
        ("tron:728126428", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T", "not base58 with a checksum"),
        ("cloudflare:402", "USD", None),
        ("stellar:pubnet", "USDC:GA5Z", None),
        (None, "gold", None),
        (BASE, "", None),
    ],
)
def test_a_misspelt_asset_is_told(network_id: str | None, declared: str, problem: str | None) -> None:
    assert networks.asset_problem(network_id, declared) == problem


def test_a_wrong_checksum_is_no_other_asset() -> None:
    known = networks.asset(BASE, USDC.replace("A0", "a0"))
    assert known is not None
    assert known.address == USDC


def test_base58_is_case_sensitive() -> None:
    assert networks.asset_id(SOLANA, SOLANA_USDC) == SOLANA_USDC
    assert networks.asset(SOLANA, SOLANA_USDC) is not None
    assert networks.asset_id(SOLANA, f"{SOLANA}/token:{SOLANA_USDC}") == SOLANA_USDC
    assert networks.asset(SOLANA, SOLANA_USDC.lower()) is None
    assert networks.asset_id(SOLANA, SOLANA_USDC.lower()) == SOLANA_USDC.lower()


@pytest.mark.parametrize(
    ("network_id", "declared", "expected"),
    [
        ("keeta:main", "USDC", KEETA_USDC),
        ("eip155:1187947933", "USDC", "0x85889c8c714505e0c94b30fcfcf64fe3ac8fcb20"),
        ("eip155:137", "USDC", "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359"),
        ("eip155:99999", "USDC", "USDC"),
        (None, "USDC", "USDC"),
        (None, USDC, USDC.lower()),
        (None, f"{BASE}/erc20:{USDC}", USDC.lower()),
        (BASE, f"eip155:137/erc20:{USDC}", f"eip155:137/erc20:{USDC}"),
        (BASE, "eip155:8453/slip44:60", "eip155:8453/slip44:60"),
        ("stellar:pubnet", "USDC:GA5Z", "USDC:GA5Z"),
        ("cloudflare:402", "USD", "USD"),
        (BASE, "", None),
        (BASE, "  ", None),
    ],
)
def test_asset_ids(network_id: str | None, declared: str, expected: str | None) -> None:
    assert networks.asset_id(network_id, declared) == expected


@pytest.mark.parametrize("row", ASSET_ROWS, ids=lambda row: f"{row['network']} {row['symbol']}")
def test_a_bare_symbol_names_the_one_asset_that_bears_it(row: dict[str, Any]) -> None:
    bearers = [other for other in ASSET_ROWS if (other["network"], other["symbol"]) == (row["network"], row["symbol"])]
    known = networks.asset(row["network"], row["symbol"])
    assert (known is not None and known.address == row["address"]) == (len(bearers) == 1)


@pytest.mark.parametrize(
    ("network_id", "address", "symbol", "decimals", "usd"),
    [
        ("eip155:56", "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", "USDC", 18, True),
        ("eip155:4326", "0xFAfDdbb3FC7688494971a79cc65DCa3EF82079E7", "MegaUSD", 18, True),
        ("eip155:31612", "0xdD468A1DDc392dcdbEf6db6e34E89AA338F9F186", "mUSD", 18, True),
        ("eip155:31611", "0x118917a40FAF1CD7a13dB0Ef56C86De7973Ac503", "mUSD", 18, True),
        ("stellar:testnet", "CBIELTK6YBZJU5UP2WWQEUCYKLPU6AUNZ2BQ4WWFEIE3USCIHMXQDAMA", "USDC", 7, True),
        ("eip155:1952", "0xF0863D7A29a55d0c4263c11bFac754312ff078DF", "USDG", 6, True),
        ("stellar:pubnet", "CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75", "USDC", 7, True),
        ("eip155:196", "0x4ae46a509F6b1D9056937BA4500cb143933D2dc8", "USDG", 6, True),
        (BASE, "0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42", "EURC", 6, False),
        (BASE, "0x4200000000000000000000000000000000000006", "WETH", 18, False),
    ],
)
def test_decimals_are_those_of_the_token(network_id: str, address: str, symbol: str, decimals: int, usd: bool) -> None:
    known = networks.asset(network_id, address)
    assert known is not None
    assert (known.symbol, known.decimals, known.usd) == (symbol, decimals, usd)


def test_an_unknown_asset_is_unknown_and_an_asset_is_known_on_its_network_only() -> None:
    assert networks.asset(BASE, "0x" + "1" * 40) is None
    assert networks.asset("eip155:84532", USDC) is None
    assert networks.asset(None, USDC) is None


def test_display_of_unknown_assets() -> None:
    unknown = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    assert networks.display_asset(BASE, unknown) == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert networks.display_asset("cloudflare:402", "USD") == "USD"
    assert networks.display_asset(SOLANA, SOLANA_USDC) == SOLANA_USDC
    assert networks.display_asset(None, unknown) == unknown
    assert networks.display_asset(BASE, "gold") == "gold"


@pytest.mark.parametrize(
    ("network_id", "address", "problem"),
    [
        (BASE, USDC, None),
        (BASE, USDC.lower(), None),
        (BASE, f"0x{USDC[2:].upper()}", None),
        (BASE, USDC.replace("fCD6", "FCD6"), "EIP-55 checksum does not match"),
        (BASE, f"0X{USDC[2:]}", "not 0x and 40 hexadecimal digits"),
        (BASE, USDC[:-1], "not 0x and 40 hexadecimal digits"),
        (BASE, f"{USDC}0", "not 0x and 40 hexadecimal digits"),
        (BASE, "vitalik.eth", "not 0x and 40 hexadecimal digits"),
        (BASE, "merchant", "not 0x and 40 hexadecimal digits"),
        ("eip155:99999", "merchant", "not 0x and 40 hexadecimal digits"),
        (BASE, "", "empty"),
        (BASE, "  ", "empty"),
        (SOLANA, SOLANA_USDC, None),
        (SOLANA, "1" * 32, None),
        (SOLANA, SOLANA_USDC[:-3], "not base58 of 32 bytes"),
        (SOLANA, "1" * 33, "not base58 of 32 bytes"),
        (SOLANA, SOLANA_USDC.replace("E", "0"), "not base58 of 32 bytes"),
        (SOLANA, USDC, "not base58 of 32 bytes"),
        (SOLANA, "é" * 40, "not base58 of 32 bytes"),
        (SOLANA, "9" * 100_000, "not base58 of 32 bytes"),
        ("keeta:main", "keeta_aab", None),
        ("keeta:main", "", "empty"),
        ("cloudflare:402", "merchant", None),
        (None, "merchant", None),
    ],
)
def test_address_problems(network_id: str | None, address: str, problem: str | None) -> None:
    assert networks.address_problem(network_id, address) == problem


@given(st.binary(min_size=32, max_size=32))
def test_every_32_bytes_are_a_solana_address(key: bytes) -> None:
    assert networks.address_problem(SOLANA, base58.b58encode(key).decode()) is None


@given(st.text(max_size=60), st.sampled_from([None, BASE, SOLANA, "keeta:main", "eip155:99999"]))
def test_any_text_is_survived_and_ids_are_stable(text: str, network_id: str | None) -> None:
    networks.network_id(text)
    networks.address_problem(network_id, text)
    networks.display_asset(network_id, text)
    comparable = networks.asset_id(network_id, text)
    if comparable is not None and network_id is not None:
        assert networks.asset_id(network_id, comparable) == comparable


def test_no_spelling_names_two_networks() -> None:
    spellings = [
        (networks._spelling(text), row["id"])
        for row in NETWORK_ROWS
        for text in dict.fromkeys((row["id"].lower(), row["name"], *row["aliases"]))
    ]
    assert len({spelling for spelling, _ in spellings}) == len(spellings)


def test_whole_genesis_hashes_are_32_bytes_and_begin_as_their_ids() -> None:
    hashes = [(row["id"].lower(), alias) for row in NETWORK_ROWS for alias in row["aliases"] if len(alias) > 45]
    assert len(hashes) == 5
    for identifier, alias in hashes:
        assert alias.startswith(identifier)
        assert len(alias.partition(":")[2]) == 44


@pytest.mark.parametrize("row", ASSET_ROWS, ids=lambda row: f"{row['network']} {row['symbol']}")
def test_the_registry_is_sound(row: dict[str, Any]) -> None:
    known = networks.network(row["network"])
    assert known is not None
    assert known.id == row["network"]
    assert networks.address_problem(row["network"], row["address"]) is None
    assert known.family != "evm" or is_checksum_address(row["address"])
    assert 0 <= row["decimals"] <= 18
    assert row["eip712"] is None or len(row["eip712"]) == 2


# --- the reference lists and the recordings


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["npm_x402_evm_2.27.0", "python_2.25.0"])
def test_every_asset_of_an_sdk_is_known_as_it_says(shared: Path, name: str) -> None:
    document = json.loads((shared / "reference" / f"reference_sdk_assets_{name}.json").read_text("utf-8"))
    listed = [
        (chain, row)
        for family in ("evm", "svm", "tvm")
        for chain in document.get(family, {}).items()
        for row in chain[1]
    ]
    for (chain, _), row in listed:
        known = networks.asset(chain, row["asset"])
        assert known is not None, (chain, row)
        assert (known.network_id, known.symbol, known.decimals) == (chain, row["symbol"], row["decimals"])
        if "version" in row:
            assert (known.eip712_name, known.eip712_version) == (row["name"], row["version"])
    assert len(listed) >= 28


@pytest.mark.recorded
def test_every_name_of_v1_is_known_as_the_majority_has_it(shared: Path) -> None:
    document = json.loads((shared / "reference" / "reference_v1_networks_assets.json").read_text("utf-8"))
    for name, chain in {**document["v1_chain_ids"], **document["v1_extra_in_npm_x402_evm_2_27_0"]}.items():
        assert networks.network_id(name) == f"eip155:{chain}"
    for name, identifier in document["solana"].items():
        assert networks.network_id(name) == identifier
    for chain, (address, signed_name) in document["v1_usdc"].items():
        known = networks.asset(f"eip155:{chain}", address)
        assert known is not None
        assert (known.decimals, known.usd, known.eip712_name) == (6, True, signed_name)
    for name, mint in (
        ("solana", "mainnet"),
        ("solana-devnet", "devnet_testnet"),
        ("solana-testnet", "devnet_testnet"),
    ):
        known = networks.asset(networks.network_id(name), document["solana_usdc"][mint])
        assert known is not None
        assert known.decimals == 6


UNKNOWN_ON_PURPOSE = {
    (BASE, "0x036CbD53842c5426634e7929541eC2318f3dCF7e"): "Base Sepolia's USDC named on Base: no asset of that network",
    ("cloudflare:402", "USD"): "an account's currency in a unit nobody states: pricing it would be a guess",
}
"""(network, asset) of real offers that are no known asset, and why they stay so."""


@pytest.mark.recorded
def test_every_real_offer_is_understood(shared: Path) -> None:
    found = {
        (offer["network"], offer["asset"])
        for folder in ("recordings", "challenges")
        for path in sorted((shared / folder).rglob("*.json*"))
        for offer in _offers(_documents(path))
    }
    assert len(found) > 15
    assert {network for network, _ in found if networks.network(network) is None} == set()
    unknown = {
        (networks.network_id(network), asset)
        for network, asset in found
        if networks.asset(networks.network_id(network), asset) is None
    }
    assert unknown == set(UNKNOWN_ON_PURPOSE)


def _documents(path: Path) -> list[Any]:
    """A JSON file as one value, a file of JSON lines as one each."""
    text = path.read_text("utf-8")
    return [json.loads(part) for part in (text.splitlines() if path.suffix == ".jsonl" else [text])]


def _offers(value: Any) -> Iterator[dict[str, Any]]:
    """Payment options anywhere in a value: in listings, in recorded bodies, in headers."""
    if isinstance(value, dict):
        if isinstance(value.get("network"), str) and isinstance(value.get("asset"), str) and "payTo" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _offers(item)
    if isinstance(value, str) and value.startswith(("{", "eyJ")):
        with suppress(ValueError):
            yield from _offers(json.loads(value if value.startswith("{") else base64.b64decode(value)))
