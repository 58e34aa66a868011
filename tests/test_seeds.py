"""The golden test: the documents of the two seed resources, field by field.

Left out are the texts a writer makes, which need not be word for word the first directory's: ``summary``, ``seo``,
``use_cases``, ``ideal_buyer``, ``example_prompt``, and ``json_ld.description``, which repeats the seo description.
Deliberate differences, asserted as such:

- ``json_ld.offers.availability`` follows payability: both hosts have no DNS, so they are out of stock;
- ``example_request_body`` is always present and valid (the seeds lack it, or hold an invalid ``{}``);
- each accept has three keys more, and the document more keys, all after the seeds' own;
- ``generated_at`` is when the content last changed, here the sample's own clock;
- the cluster's id comes from its founding member; that both share one is what counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from crawler.cli import execute
from tests.nights import NIGHTS, Place

SEEDS = {
    "001": "x402-dopamint-ai-api-ai-generations-images-nano-banana",
    "003": "x402-dev-dopamint-ai-api-ai-generations-images-nano-banana-edit",
}
NGROK = "boss-grossly-redbird-ngrok-free-app-api-ai-generations-images-nano-banana"
COPY = {"summary", "seo", "use_cases", "ideal_buyer", "example_prompt"}
DIFFERENT = {"generated_at", "example_request_body", "duplicate_cluster_id", "accepts", "json_ld"}
ACCEPT_EXTRAS = ["network_id", "asset_symbol", "asset_name"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("seeds")).sample(*NIGHTS)


@pytest.fixture(params=sorted(SEEDS))
def pair(request: pytest.FixtureRequest, shared: Path, published: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the seed's document, ours)."""
    (path,) = (shared / "seeds").glob(f"{request.param}_*.txt")
    return json.loads(path.read_text()), published.resource(SEEDS[request.param])


@pytest.mark.recorded
def test_every_fact_and_formula_equals_the_seed(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    seed, ours = pair
    for key in sorted(seed.keys() - COPY - DIFFERENT):
        assert ours[key] == seed[key], key


@pytest.mark.recorded
def test_keys_stand_in_the_seeds_order_and_new_ones_after_them(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    seed, ours = pair
    common = [key for key in ours if key in seed]
    assert common == list(seed)
    assert [key for key in list(ours)[: len(seed)] if key not in seed] in ([], ["example_request_body"])
    assert list(ours["json_ld"]) == list(seed["json_ld"])
    assert list(ours["json_ld"]["offers"]) == list(seed["json_ld"]["offers"])


@pytest.mark.recorded
def test_accepts_equal_the_seed_hints_and_newlines_included(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    seed, ours = pair
    for theirs, mine in zip(seed["accepts"], ours["accepts"], strict=True):
        assert list(mine) == [*theirs, *ACCEPT_EXTRAS]
        assert json.dumps({key: mine[key] for key in theirs}) == json.dumps(theirs)
        assert [mine[key] for key in ACCEPT_EXTRAS] == ["eip155:8453", "USDC", "USD Coin"]


@pytest.mark.recorded
def test_json_ld_equals_the_seed_but_for_availability_and_copy(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    seed, ours = json.loads(json.dumps(pair[0]["json_ld"])), json.loads(json.dumps(pair[1]["json_ld"]))
    assert seed.pop("description") != ""
    assert ours.pop("description") == pair[1]["seo"]["description"]
    assert seed["offers"].pop("availability") == "https://schema.org/InStock"
    assert ours["offers"].pop("availability") == "https://schema.org/OutOfStock"
    assert ours == seed


@pytest.mark.parametrize("slug", SEEDS.values())
def test_price_sanity_is_the_seeds_own_figure(published: Place, slug: str) -> None:
    assert published.resource(slug)["pricing_sanity"] == {
        "flag": "normal",
        "ratio": 2.635,
        "median_category_atomic": 20000,
    }


def test_all_three_share_one_cluster(published: Place) -> None:
    documents = [published.resource(slug) for slug in (*SEEDS.values(), NGROK)]
    (cluster,) = {document["duplicate_cluster_id"] for document in documents}
    assert cluster.startswith("data-cl-")
    assert len(cluster) == len("data-cl-ba0453b08b84")
    members = published.read(f"cluster/{cluster}.json")
    assert members["canonical"] == SEEDS["001"]


@pytest.mark.parametrize("slug", SEEDS.values())
def test_the_example_body_is_valid(published: Place, slug: str) -> None:
    document = published.resource(slug)
    jsonschema_rs.validate(document["input_schema"], document["example_request_body"])
    assert document["example_request_body"]["prompt"]


def test_health_is_told_honestly(published: Place) -> None:
    for slug in SEEDS.values():
        health = published.health(slug)
        assert health["status"] == "down"
        assert health["last_healthy_at"] is None
        assert {check["outcome"] for check in health["recent_checks"]} == {"dns_error"}
    ngrok = published.health(NGROK)
    assert (ngrok["status"], ngrok["recent_checks"][0]["http_status"]) == ("degraded", 404)
    assert ngrok["latency"]["p50_ms"] is None, "the speed of 404s is no latency"


def test_the_page_says_what_the_documents_say(published: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["show", SEEDS["001"], NGROK, "--out", str(published.out)]) == 0
    first, second = capsys.readouterr().out.split(published.resource(NGROK)["url"])
    assert "last healthy       never" in first
    assert "The host name could not be resolved." in first
    assert "down, since" in first
    shown = published.resource(SEEDS["001"])
    assert f"price sanity       {shown['pricing_sanity']['flag']}" in first
    assert f"{shown['duplicate_cluster_id']}, {shown['duplicates']['size']} members" in first
    for risk in published.resource(NGROK)["risks"]:
        assert f"{risk['check']}: {risk['note']} ({risk['evidence']})" in second
    assert "degraded, since" in second
    assert "  404  " in second
    assert execute(["show", NGROK, "--json", "--out", str(published.out)]) == 0
    assert json.loads(capsys.readouterr().out) == published.health(NGROK)
    assert execute(["show", "../health/x", "--out", str(published.out)]) == 2
    assert "holds no resource ../health/x" in capsys.readouterr().err
