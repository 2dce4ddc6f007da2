"""What is about the page and what is about the news."""

import pytest

from services.enrich.highlights.furniture import is_furniture
from services.enrich.sentences import Span


@pytest.mark.parametrize(
    "text",
    [
        "Scroll down for video.",
        "Click here to see the map.",
        "READ MORE: Why rivers rise",
        "Share your photos with us.",
        "Follow @riverdesk for updates.",
        "Like us on Facebook.",
        "Photos: a city under water",
        "Copyright 2024 The Evening Post.",
        "\u00a92024 The Evening Post.",
        "All rights reserved.",
        "By.",
        "Ana Ruiz contributed to this report.",
        "UPDATED: 9 a.m.",
        "* * *",
        "| Country | 2024 | 2025 |",
        "Ukraine | 54.1 | 57.3",
        "Ukraine\t54.1\t57.3",
        "12.",
        "...",
    ],
)
def test_a_page_speaking_of_itself_is_furniture(text: str) -> None:
    assert is_furniture(text, Span(0, len(text)))


@pytest.mark.parametrize(
    "text",
    [
        "By Tuesday the river had risen by a metre.",
        "Published in March, the report names three ministers.",
        "For more than a decade the dam was not inspected.",
        "Share prices fell in Tokyo.",
        "Copyright law changes in May.",
        "Readers sent letters.",
        "Photos of the flood show the bridge gone.",
        "\u96e8\u304c\u964d\u3063\u305f\u3002",
    ],
)
def test_news_is_not(text: str) -> None:
    assert not is_furniture(text, Span(0, len(text)))
