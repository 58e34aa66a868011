"""URLs as identities: canonical form, redaction, templates, registrable domains."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import urls
from catalog.urls import InvalidURL, canonical, is_template, parse, redact, resource_id, without_secrets


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.com/v1/x", "//api.example.com/v1/x"),
        ("HTTP://API.Example.COM./v1/x/", "//api.example.com/v1/x"),
        ("https://api.example.com", "//api.example.com"),
        ("https://api.example.com/", "//api.example.com"),
        ("https://api.example.com:443/x", "//api.example.com/x"),
        ("http://api.example.com:80/x", "//api.example.com/x"),
        ("https://api.example.com:8443/x", "//api.example.com:8443/x"),
        ("https://user:pass@api.example.com/x#part", "//api.example.com/x"),
        ("https://api.example.com/x?b=2&a=1&&", "//api.example.com/x?a=1&b=2"),
        ("https://api.example.com/x?", "//api.example.com/x"),
        ("https://api.example.com/%7Euser/%2fa%2F", "//api.example.com/~user/%2Fa%2F"),
        ("https://api.example.com/价格", "//api.example.com/%E4%BB%B7%E6%A0%BC"),
        ("https://api.example.com/50%/%%34%31", "//api.example.com/50%25/%2541"),
        ("https://api.example.com\\x", "//api.example.com/x"),
        ("https://bücher.example/x", "//xn--bcher-kva.example/x"),
        ("https://例え。テスト。/x", "//xn--r8jz45g.xn--zckzah/x"),
        ("https://[2606:4700::0001]:443/x", "//[2606:4700::1]/x"),
        ("https://[2606:4700::1]:8443/x", "//[2606:4700::1]:8443/x"),
        ("https://1.1.1.1/x", "//1.1.1.1/x"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(f"https:{expected}") == expected


def test_paths_keep_their_letter_case() -> None:
    assert canonical("https://a.example/Gospel") != canonical("https://a.example/gospel")
    assert canonical("https://a.example/gospel/") == canonical("https://a.example/gospel")


@pytest.mark.parametrize(
    "url",
    [
        "", "api.example.com/x", "//api.example.com/x", "monopoly://go", "ftp://a.example/", "javascript:alert(1)",
        "https://", "https:///x", "https://./", "https://a..example/", "https://a.example:65536/",
        "https://a.example:x/", "https://[::1/", "https://[v1.x]/", "https://[fe80::1%25eth0]/", "https://a b.example/",
        "https://a.example/a b", "https://a.example/\x00", "https://a.example/\x7f", "https://a.example/\ud800",
        "https://\ud800/", "https://a℀b/", "https://🍕.example/", "https://a.example/" + "x" * urls.MAX_URL,
    ],
)  # fmt: skip
def test_what_is_no_http_url_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(InvalidURL, match=r"."):
        canonical(url)


URLS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["a.example", "A.example.", "u:p@a.example:443", "bücher.example:81", "[::1]", "例え。テスト。"]),
    st.text().map(lambda text: f"/{text}"),
    st.text().map(lambda text: f"?{text}"),
)


@given(URLS | st.text() | st.text(alphabet=st.characters(exclude_categories=())))
def test_canonical_is_idempotent_and_fails_only_as_declared(url: str) -> None:
    try:
        identity = canonical(url)
    except InvalidURL:
        return
    assert canonical(f"https:{identity}") == canonical(f"http:{identity}") == identity
    assert identity.isascii()


@given(URLS)
def test_redaction_keeps_what_it_shows(url: str) -> None:
    try:
        shown = redact(url)
    except InvalidURL:
        return
    assert redact(shown) == shown
    parse(shown)
    is_template(shown)
    assert without_secrets(without_secrets(url)) == without_secrets(url)


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.text("xyz")), unique=True), st.randoms())
def test_the_order_of_query_parameters_is_no_difference(pairs: list[tuple[str, str]], rng: random.Random) -> None:
    shuffled = rng.sample(pairs, len(pairs))
    one, other = ("&".join(f"{k}={v}" for k, v in p) for p in (pairs, shuffled))
    assert canonical(f"https://a.example/x?{one}") == canonical(f"https://a.example/x?{other}")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("api_key=abc", "api_key=REDACTED"),
        ("q=1&X-API-Key=abc", "q=1&X-API-Key=REDACTED"),
        ("ToKeN=a8f2c1d9", "ToKeN=REDACTED"),
        ("pass%77ord=abc", "pass%77ord=REDACTED"),
        ("x=sk-live1234567890abcdef", "x=REDACTED"),
        ("x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "x=REDACTED"),
        ("x=skateboard-shops-of-berlin", "x=skateboard-shops-of-berlin"),
        ("x=pkgnameofalongpackage", "x=pkgnameofalongpackage"),
        ("token=BONK", "token=BONK"),
        ("token=0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", "token=0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"),
        ("token=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "token=EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
        ("password=BONK", "password=REDACTED"),
        ("api_key=", "api_key="),
        ("keyword=abc&monkey=abc", "keyword=abc&monkey=abc"),
    ],
)
def test_secret_looking_query_values_are_redacted(query: str, shown: str) -> None:
    assert redact(f"https://user:pw@a.example/x?{query}#f") == f"https://a.example/x?{shown}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://A.example/x?b=1", "https://A.example/x?b=1"),
        ("https://A.example/x?secret=1", "https://a.example/x?secret=REDACTED"),
        ("https://u:p@A.example/x", "https://a.example/x"),
        ("https://a.example/@name?email=x@y", "https://a.example/@name?email=x@y"),
        ("wss://u:p@a.example/x", "wss://a.example/x"),
        ("mailto:someone@a.example", "mailto:someone@a.example"),
    ],
)
def test_a_text_without_secrets_stays_verbatim(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("/users/:id", True), ("/users/{id}/x", True), ("/users/%7Bid%7D", True), ("/users/[id]", True),
        ("/users/<id>", True), ("/x?id={id}", True), ("/x?id=:id&n=1", True), ("/users/42", False),
        ("/a:b", False), ("/x?t=12:30", False), ('/x?q={"a":1}', False), ("/x?l=[1,2]", False), ("", False),
    ],
)  # fmt: skip
def test_templates(rest: str, expected: bool) -> None:
    assert is_template(f"https://a.example{rest}") is expected


@pytest.mark.parametrize(
    ("host", "domain", "platform"),
    [
        ("x402.dopamint.ai", "dopamint.ai", False),
        ("dopamint.ai", "dopamint.ai", False),
        ("a.b.example.co.uk", "example.co.uk", False),
        ("boss-grossly-redbird.ngrok-free.app", "boss-grossly-redbird.ngrok-free.app", True),
        ("api.shop.vercel.app", "shop.vercel.app", True),
        ("a.b.unlisted-suffix", "b.unlisted-suffix", False),
        ("1.1.1.1", "1.1.1.1", False),
        ("2606:4700::1", "2606:4700::1", False),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4", False),
        ("com", "com", False),
    ],
)
def test_registrable_domain(host: str, domain: str, platform: bool) -> None:
    assert urls.registrable_domain(host) == domain
    assert urls.is_platform_host(host) is platform


def test_resource_id_is_fixed_positive_and_tells_tools_apart() -> None:
    plain = resource_id("//a.example/x")
    assert plain == 4_145_185_050_642_377_995  # frozen: stores hold it
    assert len({plain, resource_id("//a.example/x", "search"), resource_id("//a.example/y")}) == 3
    assert 0 <= plain < 2**63
