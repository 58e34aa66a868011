"""An origin's own page: the name it gives the site, and its icon. Only the head of the page is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

from lxml import etree

from catalog.declared import Declaration
from catalog.text import one_line
from crawler.decoders.own import icon

MAX_HEAD = 256 * 1024
"""Bytes of the page that are parsed."""
MAX_TITLE = 40
"""A longer title is a sentence, no name."""
_SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_SEPARATORS = (" | ", " - ", " – ", " — ", " · ", ": ")
_EMPTY = frozenset(
    {"react app", "vite app", "vite + react", "vite + react + ts", "create next app", "next.js", "swagger ui", "redoc"}
    | {
        "fastapi",
        "fastapi - swagger ui",
        "index of /",
        "welcome to nginx!",
        "home",
        "homepage",
        "home page",
        "document",
    }
    | {
        "loading...",
        "just a moment...",
        "error",
        "not found",
        "404 not found",
        "403 forbidden",
        "untitled",
        "redirecting...",
    }
)
"""Titles that frameworks and servers set where nobody did."""


def decode_homepage(body: bytes, url: str) -> Declaration:
    """Site name and icon of the page at ``url``; empty where it is no HTML or names neither."""
    tags = list(_head(body[:MAX_HEAD]))
    named = {key: content for key, content in map(_meta, tags) if key in _SITE and content}
    title = next((text for tag, _, text in tags if tag == "title"), "")
    name = next((named[key] for key in _SITE if key in named), "") or _name_of(title)
    base = next((a.get("href", "") for tag, a, _ in tags if tag == "base"), "")
    try:
        base = urljoin(url, base)
    except ValueError:
        base = url
    icons = (icon(a.get("href"), base) for tag, a, _ in tags if tag == "link" and "icon" in _rel(a))
    touch = (icon(a.get("href"), base) for tag, a, _ in tags if tag == "link" and "apple-touch-icon" in _rel(a))
    return Declaration(name=name, favicon=next(filter(None, icons), "") or next(filter(None, touch), ""))


Tag = tuple[str, Mapping[str, str], str]


def _head(body: bytes) -> Iterator[Tag]:
    """The elements of the head that say who the site is: name, attributes, text."""
    parser = etree.HTMLParser(no_network=True, recover=True, remove_comments=True, encoding=_encoding(body))
    try:
        tree = etree.fromstring(body, parser) if body.strip() else None
    except (etree.LxmlError, ValueError):
        return
    head = None if tree is None else tree.find("head")
    for node in () if head is None else head:
        if node.tag in ("meta", "link", "title", "base"):
            yield str(node.tag), {str(k).lower(): str(v) for k, v in node.attrib.items()}, node.text or ""


def _encoding(body: bytes) -> str | None:
    """UTF-8 where the bytes are (but for a character that was cut); else what the page says."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(body) - 4 and len(body) == MAX_HEAD else None
    return "utf-8"


def _meta(tag: Tag) -> tuple[str, str]:
    name, attributes, _ = tag
    key = attributes.get("property") or attributes.get("name") or ""
    return (key.lower(), one_line(attributes.get("content"), 200)) if name == "meta" else ("", "")


def _rel(attributes: Mapping[str, str]) -> list[str]:
    return attributes.get("rel", "").lower().split()


def _name_of(title: str) -> str:
    """A title that is a name: short, one part, and not what a framework put there."""
    text = one_line(title, 200)
    usual = text.lower() in _EMPTY or any(separator in text for separator in _SEPARATORS)
    return "" if usual or len(text) > MAX_TITLE else text
