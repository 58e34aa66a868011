"""Settings that decide who connects to what."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec

import pytest
from scrapy.utils.misc import load_object

from crawler.config import ConfigError, load


def test_one_setting_switches_the_client() -> None:
    clients = {name: load(handler=name).scrapy()["DOWNLOAD_HANDLERS"] for name in ("aiohttp", "httpx")}
    for handlers in clients.values():
        assert handlers["http"] == handlers["https"]
        assert load_object(handlers["http"]).__mro__[1].__name__ == "Guarded"
    assert clients["aiohttp"] != clients["httpx"]


def test_a_client_that_is_not_installed_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without_httpx(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "httpx2" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_httpx)
    with pytest.raises(ConfigError, match=r"pip install 'x402-catalog\[httpx\]'"):
        load(handler="httpx")


def test_only_sources_the_operator_named_are_exempt() -> None:
    assert load().guard(allow_private=False).exempt == frozenset()
    named = load(sources={"own": "http://bazaar.internal:8402/list"}).guard(allow_private=False)
    assert named.exempt == {("bazaar.internal", 8402)}


def test_a_replay_exempts_its_own_server_alone() -> None:
    config = load(sources={"own": "http://bazaar.internal:8402/list"})
    assert config.guard(allow_private=False, replay="127.0.0.1:9000").exempt == {("127.0.0.1", 9000)}


def test_addresses_a_router_holds_for_us_are_refused() -> None:
    guard = load(own_addresses=["8.8.4.4", "2606:4700:0::1111"]).guard(allow_private=False)
    assert "an address of ours" in (guard.check_url("https://8.8.4.4/") or "")
    assert "an address of ours" in (guard.check_address("2606:4700::1111", 443, "mine.example.com") or "")
    assert guard.check_url("https://8.8.8.8/") is None
    with pytest.raises(ConfigError, match="own_addresses"):
        load(own_addresses=["my-host"])
