"""robots.txt: whom it binds, how its patterns match, and that a hostile one is read under caps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from crawler.politeness.robots import MAX_RULES, MAX_WILD, NO_RULES, UNREACHABLE, parse

HOST = "https://api.example"


@pytest.mark.parametrize(
    ("text", "page", "resource"),
    [
        ("", True, True),
        ("User-agent: *\nDisallow: /", False, True),
        ("User-agent: x402-catalog\nDisallow: /", False, False),
        ("User-agent: X402-Catalog/0.1\nDisallow: /", False, False),
        ("User-agent: *\nUser-agent: x402-catalog\nDisallow: /", False, False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: x402-catalog\nDisallow:", True, True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: x402-catalog\nAllow: /", True, True),
        ("User-agent: x402\nDisallow: /", True, True),
        ("User-agent: x402-catalog-other\nDisallow: /", True, True),
        ("User-agent: other\nDisallow: /", True, True),
        ("Disallow: /", True, True),
        ("User-agent: x402-catalog\nCrawl-delay: 9\nSitemap: /s\nDisallow: /", False, False),
        ("User-agent: x402-catalog\nDisallow: /b\n\nUser-agent: x402-catalog\nDisallow: /a", False, False),
        ("\ufeffuser-AGENT : x402-catalog # us\r\nDISALLOW:/ # all", False, False),
        ("<html>User-agent: *", True, True),
    ],
)
def test_whom_it_binds(text: str, page: bool, resource: bool) -> None:
    robots = parse(text.encode())
    assert robots.permits(f"{HOST}/a", listed=False) is page
    assert robots.permits(f"{HOST}/a", listed=True) is resource
    assert robots.permits(f"{HOST}/robots.txt", listed=True)


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("/fish", ["/fish", "/fish.html", "/fish/x", "/fish?id=1"], ["/Fish", "/a/fish", "/"]),
        ("/fish/", ["/fish/", "/fish/x"], ["/fish", "/fish.html"]),
        ("/*.php", ["/a.php", "/a/b.php?x=1", "/.php"], ["/php", "/a.PHP"]),
        ("/*.php$", ["/a.php", "/a.php.php"], ["/a.php?x", "/a.php/"]),
        ("/fish*.php", ["/fish.php", "/fishheads/a.php?x"], ["/Fish.PHP", "/fish"]),
        ("*", ["/", "/a"], []),
        ("/$", ["/"], ["/a"]),
        ("/a%7eb", ["/a~b", "/a%7Eb"], ["/ab"]),
        ("/ä", ["/%C3%A4", "/ä"], ["/a"]),
        ("/price$s", ["/price$s", "/price%24s"], ["/price", "/prices"]),
        ("/a%2Ab", ["/a*b"], ["/axb"]),
        ("/q?x=*&y", ["/q?x=1&y=2"], ["/q?y&x=1"]),
    ],
)
def test_patterns(pattern: str, matching: list[str], others: list[str]) -> None:
    robots = parse(f"User-agent: x402-catalog\nDisallow: {pattern}\n".encode())
    assert [path for path in matching if robots.permits(HOST + path, listed=True)] == []
    assert [path for path in others if not robots.permits(HOST + path, listed=True)] == []


def test_the_most_specific_rule_decides_and_allow_wins_a_tie() -> None:
    robots = parse(b"User-agent: x402-catalog\nDisallow: /\nAllow: /api\nDisallow: /api/v1\nAllow: /api/v1\n")
    assert robots.permits(f"{HOST}/api/v1/x", listed=True)
    assert robots.permits(f"{HOST}/api", listed=True)
    assert not robots.permits(f"{HOST}/other", listed=True)


def test_without_a_file_everything_is_allowed_and_an_unreachable_one_closes_the_owners_pages_only() -> None:
    assert NO_RULES.permits(f"{HOST}/docs", listed=False)
    assert not UNREACHABLE.permits(f"{HOST}/docs", listed=False)
    assert UNREACHABLE.permits(f"{HOST}/api", listed=True)


LINES = st.one_of(
    st.sampled_from(["User-agent: *", "User-agent: x402-catalog", "User-agent: other", "", "# x", "Sitemap: /s"]),
    st.builds(
        "{}: {}{}{}".format,
        st.sampled_from(["Allow", "Disallow", "disallow"]),
        st.sampled_from(["/", "*", "/*"]),
        st.text("ab/*%3d1.", max_size=6).map(lambda text: text.replace("%", "%61")),
        st.sampled_from(["", "", "$"]),
    ),
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(lines=st.lists(LINES, max_size=12), path=st.text("ab/1.", max_size=8))
def test_it_reads_as_protego_does(lines: list[str], path: str) -> None:
    """On well-formed files, which is what Protego's generosity about misspelt ones leaves to compare."""
    text = "\n".join(lines)
    ours = parse(text.encode()).permits(f"{HOST}/{path}", listed=False)
    assert ours == Protego.parse(text).can_fetch(f"{HOST}/{path}", "x402-catalog")


@given(st.binary(max_size=400), st.text(max_size=50))
def test_whatever_it_holds_there_is_an_answer(body: bytes, path: str) -> None:
    robots = parse(b"User-agent: x402-catalog\nDisallow: " + body)
    assert robots.permits(f"{HOST}/{path}", listed=True) in (True, False)


HOSTILE = {
    "many rules": b"Disallow: /*a%d\n",
    "many stars": b"Disallow: /" + b"*a" * 200_000,
    "long pieces": b"Disallow: /*" + b"a" * 900 + b"b" + b"a" * 900 + b"%d\n",
    "many groups": b"User-agent: x402-catalog\nDisallow: /%d\n",
    "many agents": b"User-agent: agent%d\n",
    "white space": b"Disallow" + b" " * 400_000 + b":" + b" " * 90_000 + b"/",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_read_up_to_its_caps(kind: str) -> None:
    """Half a megabyte each, against paths made for them: what backtracks or multiplies would not come to an end."""
    line = HOSTILE[kind]
    text = b"User-agent: x402-catalog\n" + b"".join(line.replace(b"%d", b"%d" % n) for n in range(500_000 // len(line)))
    robots = parse(text)
    for tail in ("a" * 2000, "ab" * 1000):
        assert robots.permits(f"{HOST}/{tail}", listed=True) in (True, False)
    assert robots.named is not None
    assert len(robots.named.rules) <= MAX_RULES
    assert sum(rule.weight for rule in robots.named.rules if len(rule.pieces) > 1) <= MAX_WILD
