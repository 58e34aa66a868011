"""Addresses: their comparable form, and what speaks against one, by the family of its network."""

from __future__ import annotations

import re
from functools import lru_cache

import base58
from eth_utils.address import to_checksum_address

EVM_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_SVM_BYTES = 32
_TRON_BYTES = 21
_TRON_PREFIX = b"\x41"


@lru_cache(maxsize=16384)
def address_id(address: str) -> str:
    """The comparable form: hexadecimal in lower case on any network, all else (base58 above all) verbatim."""
    text = address.strip()
    return text.lower() if _HEX.fullmatch(text) else text


@lru_cache(maxsize=16384)
def problem(family: str | None, address: str) -> str | None:
    """Why ``address`` is none of that family's, in a few words; None where nothing speaks against it.

    ``evm``: ``0x`` and 40 hexadecimal digits, and the EIP-55 checksum where letters are of both cases. ``svm``: base58
    of 32 bytes. ``tron``: base58 with a checksum. Elsewhere it need only be there, since v2 allows role names.
    """
    if not address.strip():
        return "empty"
    match family:
        case "evm":
            return _evm_problem(address)
        case "svm":
            return _svm_problem(address)
        case "tron":
            return _tron_problem(address)
        case _:
            return None


def _evm_problem(address: str) -> str | None:
    if not EVM_ADDRESS.fullmatch(address) or address[1] == "X":
        return "not 0x and 40 hexadecimal digits"
    digits = address[2:]
    mixed = digits != digits.lower() and digits != digits.upper()
    if mixed and to_checksum_address(address) != address:
        return "EIP-55 checksum does not match"
    return None


def _svm_problem(address: str) -> str | None:
    try:
        # Length first: decoding is quadratic, and 32 bytes never take more than 44 digits.
        size = len(base58.b58decode(address)) if 32 <= len(address) <= 44 else 0
    except ValueError:
        size = 0
    return None if size == _SVM_BYTES else "not base58 of 32 bytes"


def _tron_problem(address: str) -> str | None:
    try:
        key = base58.b58decode_check(address) if len(address) == 34 else b""
    except ValueError:
        key = b""
    return None if len(key) == _TRON_BYTES and key.startswith(_TRON_PREFIX) else "not base58 with a checksum"
