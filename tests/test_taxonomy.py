"""The classifier: its lexicon, the settled cases, other languages, siblings, and what it achieves on real listings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.taxonomy import TAXONOMY, Category, Described, categorise, categorise_all, described, lexicon
from tests.bench import generated
from tests.evaluate import categories

LABELS = [f"{top}/{sub}" for top, subs in TAXONOMY.items() for sub in subs]


def label(path: str, description: str = "", host: str = "api.acme.io", **more: Any) -> str:
    return categorise(Described(f"https://{host}{path}", description, **more)).label


# -- the lexicon --------------------------------------------------------------------------------------------------


def test_the_taxonomy_is_complete() -> None:
    assert len(TAXONOMY) == 17
    assert len(LABELS) == len(set(LABELS)) == 67
    assert LABELS[0] == "ai/llm"
    assert LABELS[-1] == "other/unknown"


def test_the_lexicon_speaks_of_known_labels_only() -> None:
    tables = lexicon.tables()
    assert set(tables) - {"neutral"} == set(LABELS)
    for name, tiers in tables.items():
        assert set(tiers) <= ({"terms"} if name == "neutral" else {*lexicon.TIERS, "both"}), name
        if name not in ("neutral", "other/unknown"):
            assert tiers["strong"].count(",") > 10, name


def test_every_strong_term_is_found_again() -> None:
    known = lexicon.lexicon()
    for name, tiers in lexicon.tables().items():
        for term in filter(None, (" ".join(t.split()) for t in tiers.get("strong", "").split(","))):
            found = [*known.scan(lexicon.words(term)), *known.scan_unspaced(term.lower())]
            assert name in {entry.label for match in found for entry in match.entries}, (name, term)


def test_both_rules_are_pairs_of_stems_that_can_occur() -> None:
    known = lexicon.lexicon()
    for name, tiers in lexicon.tables().items():
        for pair in filter(None, (" ".join(p.split()) for p in tiers.get("both", "").split(","))):
            assert name in {to for to, _ in known.together(lexicon.words(pair))}, (name, pair)


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Prices, searches and currencies", ["price", "search", "and", "currency"]),
        ("news gas DNS status analysis", ["news", "gas", "dns", "status", "analysis"]),
        ("Previsão dólar", ["previsao", "dolar"]),
        ("Thời tiết, điểm; Straße; ılık", ["thoi", "tiet", "diem", "strasse", "ilik"]),
        ("Новости новостей, акции акций, рядом, объём", ["новост", "новост", "акци", "акци", "рядом", "объем"]),
        ("cafe\u0301 \u304b\u3099 ガ", ["cafe", "が", "ガ"]),
    ],
)
def test_words(text: str, stems: list[str]) -> None:
    assert lexicon.words(text) == stems


def test_names_are_cut_at_humps_and_compounds_at_known_words() -> None:
    assert lexicon.name_words("getWalletBalances") == ("get", "wallet", "balance")
    assert lexicon.lexicon().unglued("weatherwallets") == ("weather", "wallet")
    assert lexicon.lexicon().unglued("voice2summary") == ("voice", "to", "summary")
    assert lexicon.lexicon().unglued("weather2") == ("weather",)
    assert lexicon.lexicon().unglued("qwrtzpsdfg") == ("qwrtzpsdfg",)


def test_the_longest_phrase_takes_its_words_out_of_play() -> None:
    found = list(lexicon.lexicon().scan(["token", "risk", "token"]))
    assert [(match.position, match.term) for match in found] == [(0, "token risk"), (2, "token")]


def test_traditional_chinese_is_read_as_simplified_and_quoted_as_written() -> None:
    known = lexicon.lexicon()
    (written,), (simplified,) = known.scan_unspaced("請翻譯它"), known.scan_unspaced("请翻译它")
    assert (written.term, simplified.term) == ("翻譯", "翻译")
    assert written.entries == simplified.entries
    assert written.position == simplified.position == 1


def test_neutral_phrases_are_no_evidence() -> None:
    assert label("/v2/q", "每次调用付费,支付后返回") == label("/v2/q", "Una llamada, pago por uso") == "other/unknown"
    assert label("/v2/q", "AI agent API with pagination, pay per call, USDC on Base") == "other/unknown"


# -- single resources ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", "ai/llm"),
        ("/api/embeddings", "ai/embeddings"),
        ("/images/generations", "media/images"),
        ("/text2video", "media/video"),
        ("/btc/price", "crypto/tokens"),
        ("/walletBalances/:address", "crypto/wallets"),
        ("/swap/quote", "crypto/defi"),
        ("/gasprice", "crypto/chain"),
        ("/earnings/calendar", "finance/markets"),
        ("/nba/scores", "data/sports"),
        ("/github/repos", "search/code"),
        ("/hotels/search", "location/travel"),
        ("/whois/example.org", "infrastructure/network"),
        ("/domains/register", "infrastructure/domains"),
        ("/cve/CVE-2024-1234", "security/threat"),
        ("/seo/audit", "business/marketing"),
        ("/pdf/merge", "content/documents"),
        ("/rock-paper-scissors", "entertainment/games"),
        ("/convert/units", "tools/utilities"),
        ("/x7/q", "other/unknown"),
    ],
)
def test_the_path_alone_tells(path: str, expected: str) -> None:
    assert label(path) == expected


@pytest.mark.parametrize(
    ("path", "description", "expected"),
    [
        ("/funding", "Funding rates of perpetual futures", "crypto/signals"),
        ("/liquidations/live", "", "crypto/signals"),
        ("/v1/whale-flow", "Large transfers to exchanges", "crypto/signals"),
        ("/token/transfers", "Transfers of a token", "crypto/tokens"),
        ("/wallet/risk-score", "", "crypto/risk"),
        ("/contract/audit", "", "crypto/risk"),
        ("/agent/trust-score", "", "security/identity"),
        ("/phishing/check", "", "security/threat"),
        ("/ip-blacklist/check", "Is this IP address known as bad?", "security/threat"),
        ("/mint-tokens", "Mint 100 tokens to your wallet", "crypto/tokens"),
        ("/mint", "Mint an NFT of the collection", "crypto/nft"),
        ("/validate", "Email validation", "communication/email"),
        ("/claims/verify", "Check a factual claim against live sources", "search/web"),
        ("/qr-code", "", "tools/utilities"),
        ("/uuid", "Random UUIDs", "tools/utilities"),
        ("/random/number", "", "tools/random"),
        ("/cron/next", "", "tools/time"),
        ("/holidays/DE", "", "tools/time"),
        ("/services", "Directory of x402 services", "data/statistics"),
        ("/raids/start", "Raid a post on X", "business/marketing"),
        ("/loyalty/points", "", "business/marketing"),
        ("/summarize", "Summarize any text", "ai/llm"),
        ("/rewrite", "", "ai/llm"),
        ("/sentiment", "Sentiment analysis of a text", "ai/ml"),
        ("/keywords", "Extract keywords from a text", "ai/ml"),
        ("/ocr", "", "ai/ml"),
        ("/articles/4711", "", "content/articles"),
        ("/posts/why-machines-will-pay-for-their-reading", "", "content/articles"),
        ("/why-machines-will-soon-pay-for-their-reading", "", "content/articles"),
        ("/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "Retrieve this file", "infrastructure/storage"),
    ],
)
def test_settled_cases(path: str, description: str, expected: str) -> None:
    assert label(path, description) == expected


@pytest.mark.parametrize(
    ("leaf", "description", "expected"),
    [
        ("market_entry_strategist", "Plan the entry into a new market", "business/strategy"),
        ("token_distribution_designer", "Design vesting and token distribution", "business/strategy"),
        ("crypto_tax_advisor", "Tax planning for crypto traders", "finance/accounting"),
        ("trademark_consultant", "Trademark strategy and filings", "business/legal"),
        ("hiring_planner", "Plan the hiring of a remote team", "business/hr"),
        ("brand_campaign_manager", "Marketing campaigns for your brand", "business/marketing"),
    ],
)
def test_consulting_personas(leaf: str, description: str, expected: str) -> None:
    assert label(f"/{leaf}", description, inputs=("message",)) == expected


def test_an_open_ended_agent_is_an_agent_and_one_with_a_topic_its_topic() -> None:
    path = "/agent/5f0c2c9e-0f5c-4a53-9d0f-6b9d6e1c1d2e/v1/chat"
    assert label(path, "Talks about anything you like", inputs=("messages",)) == "ai/agents"
    assert label(path, "Finds mispriced markets on Polymarket", inputs=("messages",)) == "finance/prediction"


def test_a_role_without_a_trade_is_no_consultant() -> None:
    assert label("/image/designer", "Images by an AI designer", inputs=("prompt",)) == "media/images"


def test_the_engine_is_not_the_product() -> None:
    assert label("/x7/q", "Generate high-quality images using OpenAI") == "media/images"
    assert label("/x7/q", "Sentiment of a text, powered by Claude") == "ai/ml"
    assert label("/v1/messages", inputs=("model", "messages")) == "ai/llm"


def test_a_persona_takes_its_trade_whatever_it_advises_on() -> None:
    text = "Token distribution, token price, token holders, token supply and the token launch"
    assert label("/token_distribution_designer", text, inputs=("message",)).startswith("business/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/premium/2026-03-01-why-defi-lost", "content/articles"),
        ("/xqz-wvk-jqx-zzv-kkq-wwx", "content/articles"),
        ("/0x52908400098527886E0F7030069857D2E4169EE7/merging-two-codebases-safely", "content/articles"),
        ("/x402/cid/bafkreidivzimqfqtoqxkrpge6bjyhlvxqs3rhe73owtmdulaxr5do5in7u", "content/articles"),
        ("/api/v1/proxy/chat-completions-with-a-thinking-model", "ai/llm"),
        ("/posts/trending", "social/posts"),
    ],
)
def test_headlines_and_ids_are_pieces_and_names_are_not(path: str, expected: str) -> None:
    assert label(path, "Posts on the network" if expected == "social/posts" else "") == expected


def test_phrases_do_not_span_clauses_and_verbs_are_read_in_their_base_form() -> None:
    assert label("/x7/q", "Scraped and crawled for you") == "search/scraping"
    assert described.clauses("Token, prices geocoded.") == ["token", ";", "price", "geocode", ";"]


def test_mounts_are_no_words() -> None:
    assert label("/api/x402/search/gif") == label("/search/gif")


def test_a_host_says_more_where_the_path_says_only_how() -> None:
    assert label("/api/start", host="gpurent.acme.io") == "infrastructure/compute"
    assert label("/api/start") == "other/unknown"


def test_two_word_rules_speak_once_and_not_from_neutral_phrases() -> None:
    found = categorise(Described("https://api.acme.io/x7/q", "Pay per call, for AI agents"))
    assert found.label == "other/unknown"
    rules = categorise(Described("https://a.io/x7", "Search reddit posts on reddit")).evidence
    assert sum(why.startswith("words ") for why in rules) <= 1


def test_protected_content() -> None:
    text = "Access to protected content"
    assert label("/protected", text, host="my-shop-demo.vercel.app") == "tools/testing"
    assert label("/api/protected", text, host="x402-starter.acme.io") == "tools/testing"
    assert label("/protected", text) == "other/unknown"
    assert label("/api/image/generate", text, host="my-shop-demo.vercel.app") == "media/images"


def test_the_media_type_tells() -> None:
    assert label("/x7/q", mime_type="image/png") == "media/images"
    assert label("/x7/q", mime_type="audio/mpeg") == "media/audio"


def test_host_tags_and_fields_tell_where_nothing_else_does() -> None:
    assert label("/v1/search", host="flights.acme.io") == "location/travel"
    assert label("/x7/q", tags=("weather", "forecast")) == "location/weather"
    assert label("/x7/q", inputs=("token_address", "chain")) in {"crypto/tokens", "other/unknown"}


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("将任意文本翻译成英文", "ai/translation"),
        ("文生图接口", "media/images"),
        ("代币价格查询", "crypto/tokens"),
        ("今日の天気予報を取得します", "location/weather"),
        ("リアルタイムの株価", "finance/markets"),
        ("脆弱性を診断します", "security/threat"),
        ("최신 뉴스를 제공합니다", "search/news"),
        ("Previsão do tempo para qualquer cidade", "location/weather"),
        ("Gera imagens: geração de imagens por texto", "media/images"),
        ("Obtener el precio de criptomonedas", "crypto/tokens"),
        ("Búsqueda de vuelos y hoteles", "location/travel"),
        ("Übersetzung von Texten", "ai/translation"),
        ("中英文互译服务", "ai/translation"),
        ("量化交易信号：做多做空建议", "crypto/signals"),
        ("国内線の航空券を検索", "location/travel"),
        ("法人番号から企業情報を取得", "data/company"),
        ("긴 글을 요약합니다", "ai/llm"),
        ("악성 URL 탐지", "security/threat"),
        ("Análise de contratos e cláusulas", "business/legal"),
        ("Últimas notícias do Brasil", "search/news"),
        ("Cotizaciones de la bolsa española", "finance/markets"),
        ("Une blague au hasard", "entertainment/fun"),
        ("Envoyer un courriel depuis votre agent", "communication/email"),
        ("Deutsche Gesetze im Volltext", "data/government"),
        ("Прогноз погоды по городам", "location/weather"),
        ("Последние новости дня", "search/news"),
        ("Tin tức mới nhất", "search/news"),
        ("快递物流轨迹查询", "commerce/shopping"),
        ("鲸鱼转账与爆仓提醒", "crypto/signals"),
        ("駅の時刻表と乗り換え案内", "location/travel"),
        ("대기질과 미세먼지", "location/weather"),
        ("Rastreamento de encomendas", "commerce/shopping"),
        ("Consulta de CEP", "location/geocoding"),
        ("Курсы валют на сегодня", "finance/markets"),
        ("Озвучка текста", "media/audio"),
        ("Prix au m² par ville", "data/realestate"),
        ("去除背景并修复老照片", "media/images"),
        ("天氣預報與空氣品質", "location/weather"),
        ("勞動合約審查", "business/legal"),
        ("レスポンスヘッダーと証明書の有効期限", "infrastructure/network"),
        ("주사위를 던져 임의의 숫자를 반환", "tools/random"),
        ("Aluguéis por bairro e metro quadrado", "data/realestate"),
        ("Acorta enlaces y genera códigos QR", "tools/utilities"),
        ("Corrige la grammaire et l'orthographe", "ai/llm"),
        ("Führt Code in einer Sandbox aus, GPU mieten", "infrastructure/compute"),
        ("Парсинг: текст страницы в markdown", "search/scraping"),
        ("Подбор квартир в новостройках", "data/realestate"),
        ("Prenota un tavolo al ristorante", "commerce/bookings"),
        ("Şirket bilgileri ve ticaret sicili", "data/company"),
        ("Cek ongkir dan lacak paket", "commerce/shopping"),
        ("Chỉ báo: tỷ lệ lạm phát và thất nghiệp", "finance/macro"),
        ("Texte über 40 Sprachen übersetzt", "ai/translation"),
    ],
)
def test_other_languages(description: str, expected: str) -> None:
    assert label("/x7/q", description) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Verify a signature of an agent", "security/identity"),
        ("Track a parcel by its number", "commerce/shopping"),
        ("Merge the PDFs", "content/documents"),
        ("Is a domain free? Register the domain", "infrastructure/domains"),
    ],
)
def test_articles_part_no_phrase(description: str, expected: str) -> None:
    assert label("/x7/q", description) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Bond coupon schedule", "finance/markets"),
        ("Payroll calculator for small teams", "finance/accounting"),
        ("Waste bill analysis for shops", "finance/accounting"),
        ("Price checker for used cars", "commerce/shopping"),
        ("Delayed quotes of stocks, with charts", "finance/markets"),
        ("CSS selector extraction from any page", "search/scraping"),
        ("River level and flood stage at a gauge", "location/weather"),
        ("Verdict on a claim, with cited sources", "search/web"),
        ("Recalls of food and of vehicles: recall search", "data/government"),
        ("Natal chart and moon sign", "entertainment/fun"),
        ("Put USDC into a vault deposit and earn", "crypto/defi"),
        ("Triage of open issues in a GitHub repo", "search/code"),
        ("Breach of an SLA by a provider of price feeds", "crypto/tokens"),
        ("Open a tunnel to my machine", "infrastructure/network"),
        ("Which statutory violations does this complaint show?", "business/legal"),
        ("Run an agent flow of mine", "ai/agents"),
        ("Deal flow of a sector", "business/strategy"),
        ("Find leaked secrets in a repo", "security/threat"),
        ("Keyword plan for a topic", "business/marketing"),
        ("Session keys for a smart account", "crypto/wallets"),
        ("Competitive and market intelligence", "business/strategy"),
        ("Mixtapes with liner notes", "media/audio"),
        ("Proof of reserves of a stablecoin issuer", "crypto/risk"),
        ("Lint the OpenAPI contract for documentation gaps", "search/code"),
    ],
)
def test_words_of_several_trades_are_told_apart(description: str, expected: str) -> None:
    assert label("/x7/q", description) == expected


@pytest.mark.parametrize(
    "host",
    [
        "x7-production.up.railway.app",
        "weather-token-joke.trycloudflare.com",
        "x7.lambda-url.us-east-1.on.aws",
        "x7.windcoast-1a2b3c4d.eastus.azurecontainerapps.io",
        "x7-gold.vercel.app",
        "localhost:3000",
    ],
)
def test_platforms_and_drawn_names_say_nothing(host: str) -> None:
    assert categorise(Described(f"https://{host}/x7")).label in {"other/unknown", "tools/testing"}


# -- many at once -------------------------------------------------------------------------------------------------


def test_siblings_lend_evidence() -> None:
    telling = [Described(f"https://acme.io/weather/{what}") for what in ("current", "forecast", "history")]
    silent = Described("https://acme.io/x7")
    found = categorise_all([silent, *telling])
    assert categorise(silent).label == "other/unknown"
    assert found[0].label == "location/weather"
    assert "siblings" in found[0].evidence[0]
    assert [c.label for c in found[1:]] == ["location/weather"] * 3


def test_tests_and_strangers_lend_none() -> None:
    silent = Described("https://acme.io/x7")
    tests = [Described(f"https://acme.io/test/ping/{n}") for n in range(3)]
    strangers = [Described(f"https://other.io/weather/{n}") for n in range(3)]
    assert categorise_all([silent, *tests, *strangers])[0].label == "other/unknown"


def test_what_is_clear_stays_whatever_the_siblings_are() -> None:
    joke = Described("https://acme.io/joke", "A dad joke")
    weather = [Described(f"https://acme.io/weather/{n}") for n in range(9)]
    assert categorise_all([joke, *weather])[0] == categorise(joke)


def test_order_does_not_matter() -> None:
    paths = ("weather", "joke", "x7", "token/price", "wallet/risk", "", "x8")
    resources = [Described(f"https://h{n % 3}.io/{path}") for n, path in enumerate(paths * 3)]
    forward = categorise_all(resources)
    assert forward == categorise_all(resources)
    assert list(reversed(forward)) == categorise_all(resources[::-1])


def test_evidence_says_why() -> None:
    found = categorise(Described("https://acme.io/whois", "WHOIS of a domain"))
    assert found.evidence[0] == "path word 'whois' → infrastructure/network (+16)"
    assert found.score > 16
    assert categorise(Described("https://acme.io/x7")).evidence == ("neither URL nor text tells what it offers",)


@pytest.mark.parametrize(
    "url", ["", "/", "https://", "mcp", "https://[::1]:8080/a", "monopoly://a_b/c", "https://ü.io/%ff"]
)
def test_odd_urls_do_no_harm(url: str) -> None:
    assert isinstance(categorise(Described(url, "\u0000 \ud83c\udf08 " * 9)), Category)


def test_long_texts_take_no_time() -> None:
    found = categorise(Described("https://acme.io/" + "a" * 2000, "wallet " * 50_000, tags=("x" * 5000,)))
    assert found.label == "crypto/wallets"


# -- real listings ------------------------------------------------------------------------------------------------


@pytest.mark.recorded
def test_accuracy_on_labelled_resources(shared: Path) -> None:
    if not (shared / "labels" / "categories.jsonl").exists():
        pytest.skip("no labelled data")
    rows = categories.judged(shared)
    assert len(rows) == 445
    assert categories.share(rows, lambda row: row.right) >= 0.94
    assert categories.share(rows, lambda row: row.near) >= 0.96
    assert categories.by_host(rows, lambda row: row.right) >= 0.92
    assert all(row.found.evidence and row.found.label in LABELS for row in rows)
    assert sum(row.found.category == "other" for row in rows) <= 10


@pytest.mark.recorded
def test_little_stays_unknown_on_a_real_listing(shared: Path) -> None:
    items = json.loads((shared / "recordings/cdp-2026-03-17/listing.cdp.json").read_text("utf-8"))["items"]
    found = categorise_all(
        [Described(i["resource"], (i["accepts"] or [{}])[0].get("description") or "") for i in items]
    )
    assert len(found) == 634
    assert sum(c.category == "other" for c in found) / len(found) <= 0.03


@pytest.mark.parametrize(
    ("url", "description"),
    [
        ("https://x402.dopamint.ai/api/ai/generations/images/nano-banana", "Generate image using nano-banana"),
        ("https://x402-dev.dopamint.ai/api/ai/edits/images/nano-banana", "Edit image using nano-banana"),
        ("https://boss-grossly-redbird.ngrok-free.app/api/images/nano-banana", ""),
    ],
)
def test_the_seed_resources_are_images(url: str, description: str) -> None:
    assert categorise(Described(url, description)).label == "media/images"


def test_processes_change_nothing() -> None:
    resources = [row.described for row in generated.rows(300)]
    assert categorise_all(resources, 2) == categorise_all(resources, 1)
