"""Texts as a machine would read them: without the disguises in which words pass a person or a filter by.

Zero-width characters, markup, entities, escapes, look-alike letters, digits for letters, spaced-out words, names written
as identifiers, Unicode tags, base64 and hexadecimal: each becomes a reading in plain lower-case words.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from urllib.parse import unquote

_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһ" + "αεικορτυχ" + "０１", "aeopcyxijsdh" + "aeikoptux" + "01")
"""Cyrillic and Greek letters that stand in for Latin ones."""
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz")
_DIGITS = str.maketrans("01345789@$", "oieastbgas")
_MIXED = re.compile(r"\b(?=\w*[a-z])\w+")
"""Words with a Latin letter, in which others pretend to be Latin."""
_LETTERED_DIGITS = re.compile(r"(?<![\w$@])(?=\w?[\d@$]?[a-z])(?=[\w$@]*[013457@$]+[a-z])[\w$@]{4,}")
_MARKUP = re.compile(
    r"<!--|-->|</?[bi]>|</?(?:p|em|strong|span|div|br|font|u|h\d)\b[^>]{0,200}>|[*`~]+|(?<![^\W_])_+|_+(?![^\W_])"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]{6,}")
"""ASCII in Unicode's tag characters, which nothing shows."""
_SPACED = re.compile(r"\b\w([ .\-])(?:\w\1){4,}\w\b")
_CAMELS = re.compile(r"\b[A-Za-z][a-z]+(?:[A-Z][a-z]+){2,}\b")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GAPS = re.compile(r"[^\S\n]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})")


def readings(text: str) -> list[str]:
    """The text without disguises, in lower case, and what is encoded in it; lines stay lines."""
    shown = _folded(text)
    found = [shown]
    if _SPACED.search(shown):
        found.append(_SPACED.sub(lambda m: re.sub(r"[ .\-]", "", m[0]), shown))
    if _LETTERED_DIGITS.search(shown):
        found.append(_LETTERED_DIGITS.sub(lambda word: word[0].translate(_DIGITS), shown))
    if _CAMELS.search(text):
        found.append(_folded(_CAMELS.sub(lambda name: _HUMP.sub(" ", name[0]), text)))
    if not shown.isascii():
        bare = (c for c in unicodedata.normalize("NFD", shown) if not "\u0300" <= c <= "\u036f")
        found.append("".join(bare).replace("ı", "i"))
    return found + [_folded(hidden) for hidden in _hidden(text)]


def _folded(text: str) -> str:
    """Lower case, without markup, entities, escapes, invisible characters and letters that look like others."""
    if "%" in text:
        text = unquote(text, errors="ignore")
    if "\\u" in text:
        text = _ESCAPES.sub(lambda m: chr(int(m[1], 16)), text)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _INVISIBLE.sub("", text).replace("’", "'").translate(_SMALL_CAPITALS)
    text = text.lower()
    if not text.isascii():
        text = _MIXED.sub(lambda word: word[0].translate(_LOOK_ALIKES), text)
    return _GAPS.sub(" ", _MARKUP.sub("", text).replace("_", " "))


def _hidden(text: str) -> list[str]:
    """What stands in the text in tag characters, base64 or hexadecimal, where it is readable."""
    if not text.isascii() and (tags := _TAGS.findall(text)):
        return ["".join(chr(ord(c) - 0xE0000) for c in run) for run in tags]
    found = map(_decoded, [*_BASE64.findall(text)[:20], *_HEX.findall(text)[:20]])
    return [plain for plain in found if plain]


def _decoded(token: str) -> str | None:
    """What a token says, where it says anything readable."""
    try:
        if _HEX.fullmatch(token):
            found = bytes.fromhex(token).decode("utf-8")
        else:
            found = base64.b64decode(token.replace("-", "+").replace("_", "/") + "==", validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return found if found.isprintable() and " " in found else None
