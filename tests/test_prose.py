"""Prices in prose: what is named, in which role, and when the text and the terms disagree."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.prose import disagreement, named, said


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("Weather for $0.01/call", "0.01 USD call"),
        ("Costs $ 0.05 per request.", "0.05 USD call"),
        ("0.10 USDC per search, 2 USDC for bulk", "0.10 USD call, 2 USD sum"),
        ("$0.02 USDC per query", "0.02 USD call"),
        ("$1 a query", "1 USD call"),
        ("$.05/call", "0.05 USD call"),
        ("USDC 0.01 per call", "0.01 USD call"),
        ("Each request costs $0.015 USDC and more", "0.015 USD call"),
        ("$0.001 per context relay", "0.001 USD call"),
        ("Forecast (0.10 USDC)", "0.10 USD price"),
        ("Ping - 0.001 USDC on Base", "0.001 USD price"),
        ("Cost: $0.15 via x402", "0.15 USD price"),
        ("Pay 1 USDC, receive 100 tokens", "1 USD price"),
        ("1000 credits for $10", "10 USD price"),
        ("one cent per request", "0.01 USD call"),
        ("Costs half a cent per call", "0.005 USD call"),
        ("a $0.05 fee per call", "0.05 USD call"),
        ("0.5¢", "0.005 USD price"),
        ("0.01 $USDC", "0.01 USD price"),
        ("0.01 PYUSD per call", "0.01 USD call"),
        ("Premium weather. 0.05 USDC.", "0.05 USD price"),
        ("Forecasts • $0.05", "0.05 USD price"),
        ("Price: free", "0 USD price"),
        # other units of money, none of them converted
        ("10 sats", "10 sat price"),
        ("21 satoshis per call", "21 sat call"),
        ("0.001 ETH", "0.001 ETH price"),
        ("Price: 0.05 SOL", "0.05 SOL price"),
        ("₿0.00001 per request", "0.00001 BTC call"),
        ("€0.02 per request", "0.02 EUR call"),
        ("£1 each call", "1 GBP call"),
        ("R$ 0,05 por chamada", "0.05 BRL call"),
        ("¥5/次", "5 ¥ call"),
        ("每次调用0.1元", "0.1 CNY call"),
        ("料金は10円", "10 JPY price"),
        # cents are dollars
        ("5¢ per call", "0.05 USD call"),
        ("¢5 per call", "0.05 USD call"),
        ("5 cents per request", "0.05 USD call"),
        ("每次 2 美分", "0.02 USD call"),
        # languages
        ("每次调用 0.01 美元", "0.01 USD call"),
        ("0.01美元/次", "0.01 USD call"),
        ("价格：0.05 USDC", "0.05 USD price"),
        ("1回0.01ドル", "0.01 USD call"),
        ("호출당 0.01달러", "0.01 USD call"),
        ("0,001 USDC por requisição", "0.001 USD call"),
        ("Cuesta 0,02 USDC por consulta", "0.02 USD call"),
        ("Kostet 0,02 USD pro Anfrage", "0.02 USD call"),
        ("Prix : 0,5 USDC par requête", "0.5 USD call"),
        ("０．０１ドル", "0.01 USD price"),
        # sums that are no price of a call
        ("$5 a month", "5 USD rate"),
        ("$3/seat USDC (min 5)", "3 USD rate"),
        ("video ($0.01/second)", "0.01 USD rate"),
        ("$0.01-$0.25 per article", "0.01 USD sum, 0.25 USD rate"),
        ("Swaps over $10k", "10000 USD sum"),
        ("saves a potential $50K+ loss", "50000 USD sum"),
        ("(~$0.08 upstream cost)", "0.08 USD sum"),
        ("Swap 100 USDC to ETH", "100 USD sum"),
        ("Buy 1 USDC worth of tokens", "1 USD sum"),
        ("1,000 USDC grants; 1234567 USDC raised", "1000 USD sum, 1234567 USD sum"),
        ("1.5M USDC", "1500000.0 USD sum"),
        ("$0.01 for 30 $TOKEN", "0.01 USD price"),
        ("$0.001–$0.01 per call", "0.001 USD sum, 0.01 USD sum"),
        ("0.01-0.02 USDC per call", "0.02 USD sum"),
        ("between $0.01 and $0.05 per call", "0.01 USD sum, 0.05 USD sum"),
        ("starting at $0.01 per call, as low as $0.001/call", "0.01 USD sum, 0.001 USD sum"),
        ("每次0.01美元起", "0.01 USD sum"),
        ("$2 per thousand requests, $1 per 1k tokens", "2 USD rate, 1 USD rate"),
        ("Example: $100. Prize pool: $500", "100 USD sum, 500 USD sum"),
        ("Get paid $5 for referrals", "5 USD sum"),
        ("a dollar amount; the dollar index", "1 USD sum"),
        ("Saves you $5 per call", "5 USD sum"),
        ("Images for agents, instead of $0.05 per image", "0.05 USD sum"),
        ("Competitors charge $1 per query", "1 USD sum"),
        ("$0.05 per call elsewhere; $5 off", "0.05 USD sum, 5 USD sum"),
        ("You receive $0.50 per task", "0.50 USD sum"),
        ("Max spend $5 per call", "5 USD sum"),
        ("Buy credits: $5", "5 USD sum"),
        # no money at all
        ("$1e-3 per call", ""),
        ("free API key, toll-free numbers, 10 free calls", ""),
        ("Top 100 tokens", ""),
        ("10.000.000 USD", ""),
        ("10 solutions, 3 ethical ones, 5 euroscores", ""),
        ("USDC on Base, version 2", ""),
        ("", ""),
    ],
)
def test_sums_and_their_roles(text: str, sums: str) -> None:
    assert ", ".join(f"{money.amount} {money.currency} {money.role}" for money in named(text)) == sums


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Weather for $0.01/call", "0.01"),
        ("0.10 USDC per search, 2 USDC for bulk", "0.10"),
        ("Price: $5. Costs $0.02 per call.", "0.02"),
        ("$0.02 per call. Yes, $0.020 per call!", "0.02"),
        ("$0.02 per call or $0.10 per image", None),
        ("10 sats per call", "10 sat"),
        ("€0.02 per call", "0.02 EUR"),
        ("$0.02 per call (21 sats per call)", "0.02"),
        ("Price: $5 or 10 sats per call", "10 sat"),
        ("$0.01 to $0.05 per call", None),
        ("$3/seat", None),
        ("no price", None),
    ],
)
def test_the_one_price_a_text_names(text: str, price: str | None) -> None:
    found = said(text)
    assert (f"{found.amount} {found.currency}".removesuffix(" USD") if found else None) == price


@pytest.mark.parametrize(
    ("price", "text", "disagrees"),
    [
        ("0.01", "$0.01 per call", False),
        ("0.005", "$0.01 per call", False),
        ("0.02", "$0.01 per call", False),
        ("0.021", "$0.01 per call", True),
        ("0.0049", "$0.01 per call", True),
        ("0.05", "$0.01 per call or $0.10 per image", False),
        ("0.05", "$0.00 per call", True),
        ("0", "$0.00 per call", False),
        ("0", "$0.01 per call", True),
        (None, "$0.01 per call", False),
        ("5", "no price named", False),
        ("0.01", "10 sats per call", False),  # nobody knows the rate, but between $0.001 and $0.1 it is
        ("5", "10 sats per call", True),
        ("0.06", "€0,05", False),
        ("5", "€0,05", True),
        ("0.01", "1 wei per call", False),
        ("0.01", "free of charge", True),
        ("0.01", "Free of charge if it fails", False),
        ("0.001", "$0.001–$0.01 per call", False),
    ],
)
def test_prose_and_amount(price: str | None, text: str, disagrees: bool) -> None:
    assert (disagreement(D(price) if price else None, said(text)) is not None) is disagrees


@given(st.text(alphabet="$€¥0123456789.,kKM USDCper/call次元¢ -()", max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(money.amount >= 0 and money.amount.is_finite() for money in named(text))
