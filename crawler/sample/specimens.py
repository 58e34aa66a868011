"""Special kinds of resource: tools, templates, twins, testnets, tunnels, and what changes from night to night."""

from __future__ import annotations

from dataclasses import replace

from catalog.records import Json
from crawler.sample.shapes import (
    BASE,
    SEPOLIA,
    SOLANA,
    Answer,
    Row,
    bazaar,
    challenge_body,
    input_v1,
    item_payai,
    item_v1,
    item_v2,
    json_schema,
    paid,
    payee,
    terms_v1,
    terms_v2,
)

_MCP = "https://mcp.toolbench.example/mcp"
_PEOPLE = "https://api.peoplebook.example/users/:id"


def _tool(name: str, text: str, schema: Json) -> Row:
    info: Json = {
        "input": {"type": "mcp", "toolName": name, "transport": "streamable-http", "inputSchema": schema},
        "output": {"type": "json", "example": {"result": "ok"}},
    }
    item = item_v2(_MCP, text, [terms_v2(_MCP, "2000")], {"info": info}, serviceName="Toolbench")
    return Row(_MCP, {**item, "type": "mcp"})


TOOLS = (
    _tool(
        "convert_units",
        "Convert a quantity between metric and imperial units.",
        json_schema({"value": ("number", "Quantity", 3), "to": ("string", "Target unit", "km")}),
    ),
    _tool(
        "next_holiday",
        "Next public holiday of a country.",
        json_schema({"country": ("string", "Two-letter country code", "PT")}),
    ),
)

_USER = bazaar("GET", {}, {"id": "u1", "handle": "ana"})
TEMPLATES = (
    Row(
        _PEOPLE,
        item_v2(
            _PEOPLE,
            "Public profile of a member by id.",
            [terms_v2(_PEOPLE, "2000")],
            {**_USER, "routeTemplate": "/users/:id"},
        ),
    ),
    paid(
        1,
        "GET https://api.parcelbay.example/parcels/{parcel_id}/track",
        3_000,
        90,
        "Where a parcel is and when it arrives.",
        {},
        {"status": "in transit"},
    ),
)

_ROUTE = "Shortest delivery route through up to fifty stops."
_STOPS = {"stops": ("array", "Coordinates of the stops", [[41, -8], [38, -9]])}
_FLIGHT = "Live departure and arrival status of a flight by number and date."
_NUMBER = {"number": ("string", "Flight number", "XZ123"), "date?": ("string", "Day", "2026-04-24")}
_VERSE = "A verse for the day with its source."
_HEADLINES = "Headlines of regional newspapers, updated every hour."
_JOBS = (
    "4b8e21d0-7c35-4f19-9a6e-0d2f5c7b1a83",
    "91c07f5e-2d64-4e0b-8b17-6fa3c9d25e40",
    "d63a4f92-58b1-47ce-a0d9-1e7c84b2f356",
)
TWINS = (
    paid(2, "POST https://api.routeplan.example/v1/routes/optimize", 12_000, 360, _ROUTE, _STOPS, {"order": []}),
    paid(2, "POST https://staging.routeplan.example/v1/routes/optimize", 12_000, 480, _ROUTE, _STOPS, {"order": []}),
    paid(1, "GET https://api.flightdeck.example/v1/flights/status", 6_000, 215, _FLIGHT, _NUMBER, {"gate": "B4"}),
    paid(
        1, "GET https://api.flightdeck-mirror.example/v1/flights/status", 6_000, 390, _FLIGHT, _NUMBER,
        {"gate": "B4"}, pay_to=payee("flightdeck.example"),
    ),
    paid(1, "GET https://oracle.psalter.example/verse", 1_000, 55, _VERSE, {}, {"verse": "…"}),
    paid(1, "GET https://oracle.psalter.example/verse/", 1_000, 55, _VERSE, {}, {"verse": "…"}),
    paid(1, "GET http://feeds.slowwire.example/news/headlines", 1_000, 140, _HEADLINES, {}, {"headlines": []}),
    paid(1, "GET https://feeds.slowwire.example/news/headlines", 1_000, 140, _HEADLINES, {}, {"headlines": []}),
    *(
        paid(
            1, f"GET https://board.taskmill.example/jobs/{job}", 1_500, 75,
            "Full text and contact of one job posting.", {}, {"title": "Welder", "contact": "…"},
        )
        for job in _JOBS
    ),
)  # fmt: skip

_FORECAST = {"city": ("string", "城市名称", "上海")}
PLACES = (
    paid(
        2,
        "GET https://api.tianqi-yun.example/v1/weather/forecast",
        2_000,
        165,
        "查询中国城市未来七天的天气预报，包括温度、降水和风力。",
        _FORECAST,
        {"days": []},
        on=(BASE, SOLANA),
    ),
    paid(
        1,
        "GET https://api.tidechart.example/v1/tides?unit=m&station=porto",
        800,
        70,
        "High and low water of a harbour for the next week.",
        {"station": ("string", "Harbour name", "porto"), "unit?": ("string", "m or ft", "m")},
        {"tides": []},
    ),
)


_DEMO = "https://sandpit.example/demo/hello"
_DEMO_TERMS = [terms_v2(_DEMO, "1000", token=SEPOLIA)]
_MIXED = "https://api.dualpurse.example/v1/random/bytes"
_ENTROPY = {"input": input_v1("GET", {"count?": ("integer", "How many bytes", 32)})}
TESTNETS = (
    Row(_DEMO, item_payai(f"GET {_DEMO}", "Hello world demo on a testnet.", _DEMO_TERMS), source="payai"),
    Row(
        _MIXED,
        item_v1(
            _MIXED,
            [
                terms_v1(_MIXED, "1000000", "Random bytes from hardware noise.", _ENTROPY, token=SEPOLIA),
                terms_v1(_MIXED, "1000", "Random bytes from hardware noise.", _ENTROPY),
            ],
        ),
        Answer(latency_ms=47),
    ),
)
PLATFORMS = (
    paid(
        1, "GET https://quotebox-git-preview-invented-sample-team.vercel.app/api/quote", 1_000, 210,
        "A quote of the day.", {}, {"quote": "…"},
        pay_to=payee("quotebox"),
    ),
    paid(
        2, "GET https://invented-sample-tunnel-of-nobody.trycloudflare.com/api/dice", 500, 265,
        "Roll any number of dice.", {"dice": ("integer", "How many", 2)}, {"rolls": [3, 5]},
        on=(SEPOLIA,), pay_to=payee("dice"),
    ),
)  # fmt: skip

_MATCH = {"match": ("string", "Match id", "m-104")}
_ODDS = (1, "GET https://api.oddsmith.example/v1/prediction/odds")
_ODDS_TEXT = "Implied probabilities of prediction markets for a match."
_MAIL = (2, "POST https://mailproof.example/v1/email/validate", 2_000, 180)
_MAIL_TEXT = "Validate an email address: syntax, mail server and disposable domains."
_ADDRESS = {"email": ("string", "Address to check", "ana@mailproof.example")}
_LAW = paid(
    1, "POST https://jurisfind.example/api/legal/clauses", 30_000, 940,
    "Find contract clauses and explain their legal effect.",
    {"contract": ("string", "Contract text", "The parties agree")}, {"clauses": []},
)  # fmt: skip
_PHISH = paid(
    1, "GET https://hookshield.example/v1/phishing/check", 2_500, 130,
    "Check a link against phishing and malware lists.",
    {"url": ("string", "Link to check", "https://login.hookshield.example/")}, {"verdict": "clean"},
)  # fmt: skip


def _without_price(row: Row) -> Row:
    (accept,) = row.item["accepts"]
    return replace(row, item={**row.item, "accepts": [{**accept, "maxAmountRequired": ""}]}, nights=(3,))


def _relabelled(row: Row) -> Row:
    """The same terms with the network's CAIP-2 name: no change of anything."""
    (accept,) = row.item["accepts"]
    item = {**row.item, "x402Version": 2, "accepts": [{**accept, "network": BASE.caip2}]}
    return replace(row, item=item, nights=(2, 3))


_ABSENT = paid(
    2, "GET https://trendpost.example/api/social/trends", 5_000, 320,
    "Trending topics and hashtags of the day by country.",
    {"country": ("string", "Country code", "PT")}, {"topics": []}, nights=(1, 3),
)  # fmt: skip
_FLASH = paid(
    1,
    "GET https://popup-jokes.example/api/jokes/random",
    300,
    60,
    "A random joke.",
    {},
    {"joke": "…"},
    nights=(1,),
)
CHANGES = (
    # The price rises after night 1.
    paid(*_ODDS, 8_000, 150, _ODDS_TEXT, _MATCH, {"odds": []}, nights=(1,)),
    paid(*_ODDS, 12_000, 150, _ODDS_TEXT, _MATCH, {"odds": []}, nights=(2, 3)),
    # The receiving address changes after night 1.
    paid(*_MAIL, _MAIL_TEXT, _ADDRESS, {"valid": True}, nights=(1,)),
    paid(*_MAIL, _MAIL_TEXT, _ADDRESS, {"valid": True}, pay_to=payee("mailproof, second wallet"), nights=(2, 3)),
    # The price vanishes on night 3.
    replace(_LAW, nights=(1, 2)),
    _without_price(_LAW),
    # `base` becomes `eip155:8453`.
    replace(_PHISH, nights=(1,)),
    _relabelled(_PHISH),
    # One is gone after night 1 for good; one is not listed on night 2 but answers; one is new on night 3.
    _FLASH,
    Row(_FLASH.url, None, Answer(status=404, latency_ms=44), nights=(2, 3)),
    _ABSENT,
    Row(_ABSENT.url, None, Answer(latency_ms=330, body=challenge_body([
        terms_v1(_ABSENT.url, "5000", "Trending topics and hashtags of the day by country.", None),
    ])), nights=(2,)),
    paid(
        2, "POST https://api.chronobook.example/v1/calendar/slots", 1_200, 110,
        "Free meeting slots shared by several calendars.",
        {"calendars": ("array", "Calendar links", ["https://api.chronobook.example/c/1"])}, {"slots": []},
        nights=(3,), serviceName="Chronobook",
    ),
)  # fmt: skip

ROWS = TOOLS + TEMPLATES + TWINS + PLACES + TESTNETS + PLATFORMS + CHANGES
