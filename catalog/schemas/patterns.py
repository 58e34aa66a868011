"""A string a regular expression accepts, built from the expression in one pass.

Nothing is matched here, so nothing can run away: repetition takes its least count, alternation its first branch,
and the caller checks the result with a linear-time engine. Look-around and back-references are not built.
"""

from __future__ import annotations

MAX_PATTERN = 1_000
MAX_SAMPLE = 2_000
MAX_NESTING = 50

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}
_MEMBERS = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789_", "s": " \t\n"}
_TRIED = "a0A1-_ .bz"


class _NotBuilt(ValueError):
    """The pattern uses what is not built here."""


def sample(pattern: str, least: int = 0) -> str | None:
    """A string that should match ``pattern``, at least ``least`` characters where its repetitions allow it.

    None for look-around, back-references, over-long patterns and samples.
    """
    if len(pattern) > MAX_PATTERN:
        return None
    for extra in (0, least):
        builder = _Builder(pattern, extra)
        try:
            text = builder.alternatives()
        except (ValueError, IndexError, OverflowError):  # not built here, or no pattern: cut off, no such character
            return None
        if builder.at == len(pattern) and len(text) >= least:
            return text
    return None


class _Builder:
    """One pass over the pattern; ``extra`` is how often an open-ended repetition is taken beyond its least count."""

    def __init__(self, pattern: str, extra: int) -> None:
        self.pattern = pattern
        self.extra = extra
        self.at = 0
        self.depth = 0

    def next(self) -> str:
        character = self.pattern[self.at]
        self.at += 1
        return character

    def ahead(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def alternatives(self) -> str:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _NotBuilt("too deep")
        first = self.sequence()
        while self.ahead("|"):
            self.at += 1
            self.sequence()
        self.depth -= 1
        return first

    def sequence(self) -> str:
        built = ""
        while self.at < len(self.pattern) and not self.ahead("|") and not self.ahead(")"):
            built += self.repeated(self.atom())
            if len(built) > MAX_SAMPLE:
                raise _NotBuilt("too long")
        return built

    def atom(self) -> str:
        character = self.next()
        if character == "(":
            return self.group()
        if character == "[":
            return self.one_of()
        if character == "\\":
            return self.escape()
        return {".": "a", "^": "", "$": ""}.get(character, character)

    def group(self) -> str:
        if self.ahead("?"):
            self.at += 1
            if self.ahead(":"):
                self.at += 1
            elif self.ahead("P<") or (self.ahead("<") and self.pattern[self.at + 1] not in "=!"):
                self.at = self.pattern.index(">", self.at) + 1
            else:
                raise _NotBuilt("look-around or flags")
        built = self.alternatives()
        if self.next() != ")":
            raise _NotBuilt("group")
        return built

    def escape(self) -> str:
        character = self.next()
        if character in "123456789":
            raise _NotBuilt("back-reference")
        if character in "bBAzZ":
            return ""
        if character in "pP":
            self.at = self.pattern.index("}", self.at) + 1 if self.ahead("{") else self.at + 1
            return "a"
        if character in "xu":
            return self.code_point(character)
        return _CLASSES.get(character) or _CONTROLS.get(character, character)

    def code_point(self, kind: str) -> str:
        if self.ahead("{"):
            end = self.pattern.index("}", self.at)
            digits, self.at = self.pattern[self.at + 1 : end], end + 1
        else:
            width = 2 if kind == "x" else 4
            digits, self.at = self.pattern[self.at : self.at + width], self.at + width
        return chr(int(digits, 16))

    def one_of(self) -> str:
        negated = self.ahead("^")
        self.at += negated
        ranges: list[tuple[str, str]] = []
        while not self.ahead("]") or not ranges:
            ranges += self.member()
        self.at += 1
        if not negated:
            return ranges[0][0]
        free = [c for c in _TRIED if not any(low <= c <= high for low, high in ranges)]
        if not free:
            raise _NotBuilt("negated class")
        return free[0]

    def member(self) -> list[tuple[str, str]]:
        character = self.next()
        if character == "\\":
            if self.pattern[self.at] in _MEMBERS:
                return [(c, c) for c in _MEMBERS[self.next()]]
            character = self.escape() or "\b"
        elif character == "[":
            raise _NotBuilt("nested class")
        if not self.ahead("-") or self.pattern[self.at + 1] == "]":
            return [(character, character)]
        self.at += 1
        high = self.next()
        return [(character, self.escape() if high == "\\" else high)]

    def repeated(self, unit: str) -> str:
        least, open_ended = 1, False
        if self.ahead("*") or self.ahead("+") or self.ahead("?"):
            mark = self.next()
            least, open_ended = (1 if mark == "+" else 0), mark != "?"
        elif self.ahead("{"):
            end = self.pattern.index("}", self.at)
            low, comma, high = self.pattern[self.at + 1 : end].partition(",")
            least, open_ended, self.at = int(low or 0), bool(comma) and not high, end + 1
            if comma and high and self.extra:
                least = max(least, min(int(high), self.extra))
        else:
            return unit
        if self.ahead("?") or self.ahead("+"):  # lazy, possessive
            self.at += 1
        count = least + (self.extra if open_ended else 0)
        if count * max(1, len(unit)) > MAX_SAMPLE:
            raise _NotBuilt("too long")
        return unit * count
