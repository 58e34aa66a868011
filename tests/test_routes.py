"""What hosts' names and paths tell."""

from __future__ import annotations

import pytest

from catalog.environments import read_host
from catalog.routes import read_route


@pytest.mark.parametrize(
    ("host", "kind", "family"),
    [
        ("x402.dopamint.ai", "production", "x402.dopamint.ai"),
        ("x402-dev.dopamint.ai", "development", "x402.dopamint.ai"),
        ("www.acme.co.uk", "production", "acme.co.uk"),
        ("test.com", "production", "test.com"),
        ("developer.acme.io", "production", "developer.acme.io"),
        ("boss-grossly-redbird.ngrok-free.app", "tunnel", "boss-grossly-redbird.ngrok-free.app"),
        ("acme.vercel.app", "platform", "acme.vercel.app"),
        ("acme-staging.vercel.app", "development", "acme.vercel.app"),
        ("acme-git-fix-7-team.vercel.app", "preview", "acme.team.vercel.app"),
        ("deploy-preview-7--acme.netlify.app", "preview", "acme.netlify.app"),
        ("acme--pr7-1a2b.web.app", "preview", "acme.web.app"),
        ("beta.acme.io", "development", "acme.io"),
        ("acme-pr-12.onrender.com", "preview", "acme.onrender.com"),
        ("acme-production-1a2b.up.railway.app", "platform", "acme-1a2b.up.railway.app"),
        ("acme.lambda-url.us-east-1.on.aws", "platform", "acme.lambda-url.us-east-1.on.aws"),
        ("localhost:3000", "development", "localhost"),
        ("203.0.113.7:8080", "development", "203.0.113.7"),
        ("[2001:db8::1]:8080", "development", "2001:db8::1"),
    ],
)
def test_hosts_are_read(host: str, kind: str, family: str) -> None:
    assert (read_host(host).kind, read_host(host).family) == (kind, family)


def test_two_tenants_of_a_platform_are_two_operators() -> None:
    assert read_host("one.vercel.app").operator != read_host("two.vercel.app").operator
    assert read_host("one.up.railway.app").operator != read_host("two.up.railway.app").operator
    assert read_host("a.acme.io").operator == read_host("b.acme.io").operator


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/score/0x6ea076Af302e3AdF8d48f8e3e53Ee2C9B52A9b5b/full", "/score/{}/full"),
        ("/users/:id", "/users/{}"),
        ("/users/%7Bid%7D", "/users/{}"),
        ("/probe/v1/2b9bb5fe-8379-4b5d-b52d-21cad0f52d75", "/probe/v1/{}"),
        ("/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "/ipfs/{}"),
        ("/swarm/qrn:swarm:68eca8dd7938a7458fbd26b6", "/swarm/qrn:swarm:{}"),
        ("/ens/vitalik.eth", "/ens/{}"),
        ("/dossier/suspect-001", "/dossier/suspect-{}"),
        ("/networks/base/token_price", "/networks/{}/token_price"),
        ("/label/eth/0x6ea076af302e3adf", "/label/{}/{}"),
        ("/base/energy/history", "/base/energy/history"),
        ("/near/6ea076af302e3adf1", "/near/{}"),
        ("/tick?chain=base&symbol=ETH", "/tick?chain={}&symbol={}"),
        ("/run?model=flux&seed=7", "/run?model=flux&seed={}"),
        ("/users/by/username/jane/posts", "/users/by/username/{}/posts"),
        ("/token-by-symbol/pepe", "/token-by-symbol/{}"),
        ("/lookup/by_user_name/jane", "/lookup/by_user_name/{}"),
        ("/users/by/username", "/users/by/username"),
        ("/pools/by/volume/daily", "/pools/by/volume/daily"),
        ("/standby/id/first", "/standby/id/first"),
        ("/v1/quote/AAPL", "/v1/quote/{}"),
        ("/binance/candles/BTC-USDT", "/binance/candles/{}"),
        ("/API/V1/QUOTE/LAST", "/api/v1/quote/last"),
        ("/v1/API/quote", "/v1/api/quote"),
        ("/OCR/pages", "/ocr/pages"),
        ("/movies/tt0111161/cast", "/movies/{}/cast"),
        ("/mint1000", "/mint1000"),
        ("/advisory/cve-2024-3094", "/advisory/{}"),
        ("/transcript/dQw4w9WgXcQ", "/transcript/{}"),
        ("/getTop10Coins", "/gettop10coins"),
        ("/share/k3j2h1g0f", "/share/{}"),
        ("/tx/7f3a9c21", "/tx/{}"),
        ("/facade/sha256", "/facade/sha256"),
        ("/text2image2video", "/text2image2video"),
        ("/tiles/14/8514/5504.png", "/tiles/{}/{}/{}.png"),
        ("/report/2026-03-01.pdf", "/report/{}.pdf"),
        ("/whois/acme.co.uk", "/whois/{}"),
        ("/wallet/nick.sol", "/wallet/{}"),
        ("/rpc/tools.list", "/rpc/tools.list"),
        ("/rpc/eth.getBalance", "/rpc/eth.getbalance"),
        ("/base64Encode", "/base64encode"),
        ("/ip/8.8.8.8", "/ip/{}"),
        ("/forecast/52.52,-13.40", "/forecast/{}"),
        ("/scrape/https%3A%2F%2Facme.io%2Fabout", "/scrape/{}"),
        ("/images/flux-1.1", "/images/flux-1.1"),
        ("/v2/openapi.json", "/v2/openapi.json"),
        ("/images/gpt-image-1.5", "/images/gpt-image-1.5"),
        ("/international_pricing_strategist", "/international_pricing_strategist"),
        ("/", "/"),
    ],
)
def test_values_are_masked_and_names_kept(path: str, shape: str) -> None:
    assert read_route(path).shape == shape
