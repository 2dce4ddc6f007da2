"""The formats that the contracts enforce."""

import pytest

from copydesk.contracts import (
    formats,
    violations,
)
from tests.contract.known import STORY


@pytest.mark.parametrize(
    "text", ["2025-04-07T09:30:00Z", "2024-02-29T23:59:59.123456789+14:00", "0001-01-02T00:00:00+00:00"]
)
def test_moments(text: str) -> None:
    assert formats.is_date_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-04-07",
        "2025-04-07T09:30:00",
        "2025-04-07 09:30:00Z",
        "2025-02-29T09:30:00Z",
        "2025-04-07T24:00:00Z",
        "2025-04-07T09:30:60Z",
        "2025-04-07T09:30:00Z\n",
        "2025-04-07T09:30:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٥-04-07T09:30:00Z",
    ],
)
def test_no_moments(text: str) -> None:
    assert not formats.is_date_time(text)


@pytest.mark.parametrize("text", ["urn:isbn:0451450523", "https://a.example/%20?q#f", "tag:x,2025:y", "a:"])
def test_uris(text: str) -> None:
    assert formats.is_uri(text)


@pytest.mark.parametrize(
    "text", ["", "a", "/a", "//a.example", "a b:c", "urn:x\n", "https://é.example", "1:a"]
)
def test_no_uris(text: str) -> None:
    assert not formats.is_uri(text)


def test_uuids() -> None:
    assert formats.is_uuid("0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f")
    assert formats.is_uuid("0195F3A0-7C1E-7B6E-9D3A-2F4B8C6D1E0F")
    for text in ("", "0195f3a07c1e7b6e9d3a2f4b8c6d1e0f", "{0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f}"):
        assert not formats.is_uuid(text)


@pytest.mark.parametrize(
    "tag",
    ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "es-419", "sl-rozaj-biske", "de-DE-u-co-phonebk", "en-x-desk"],
)
def test_language_tags(tag: str) -> None:
    assert violations("story", {**STORY, "language": tag}) == []


@pytest.mark.parametrize(
    "tag", ["", "e", "en_GB", "en-", "-en", "english", "english language", "en--GB", "en-u", "12", "ен"]
)
def test_no_language_tags(tag: str) -> None:
    assert [each.pointer for each in violations("story", {**STORY, "language": tag})] == ["/language"]
