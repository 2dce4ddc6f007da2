from typing import Any

import pytest

from copydesk.model import Exchange
from services.publish import exchange
from services.publish.exchange import RECEIVED_BYTES, Notes


def _notes(**values: Any) -> Notes:
    notes = Notes()
    for name, value in values.items():
        setattr(notes, name, value)
    return notes


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        ({}, {}),
        ({"found_at": 10.5}, {"dns_ms": 500.0}),
        ({"found_at": 10.5, "connected_at": 10.75}, {"dns_ms": 500.0, "connect_ms": 250.0}),
        (
            {"found_at": 10.5, "connected_at": 10.75, "ready_at": 10.75, "answered_at": 11.0},
            {"dns_ms": 500.0, "connect_ms": 250.0, "first_byte_ms": 250.0},
        ),
        (
            {
                "found_at": 10,
                "connected_at": 10,
                "ready_at": 10.001,
                "answered_at": 10.002,
                "is_encrypted": True,
            },
            {"dns_ms": 0.0, "connect_ms": 0.0, "tls_ms": 1.0, "first_byte_ms": 1.0},
        ),
        ({"ready_at": 10.5, "answered_at": 11.0, "is_encrypted": True}, {"first_byte_ms": 500.0}),
    ],
    ids=["nothing was dialled", "no connection", "no TLS", "plain", "encrypted", "the connection was there"],
)
def test_each_part_that_ended_has_its_time(noted: dict[str, Any], expected: dict[str, float]) -> None:
    assert exchange.kept(_notes(**noted), 10.0) == Exchange(**expected)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("webhook-id", "event-1", "event-1"),
        ("User-Agent", "copydesk/1", "copydesk/1"),
        ("webhook-signature", "v1,MTIzNDU2Nzg5MDEyMzQ1 v1a,YWJjZGVmZ2hpamts", "v1,MTIzNDU2… v1a,YWJjZGVm…"),
        ("Authorization", "Basic dXNlcjpwYXNz", "…"),
        ("Proxy-Authorization", "Basic dXNlcjpwYXNz", "…"),
        ("X-Of-Another-Day", "a secret", "…"),
    ],
)
def test_of_what_is_sent_no_secret_is_kept(name: str, value: str, shown: str) -> None:
    assert exchange.kept(_notes(headers={name: value}, ready_at=11.0), 10.0).sent == [(name, shown)]


def test_what_was_not_sent_has_no_headers() -> None:
    assert exchange.kept(_notes(headers={"webhook-id": "event-1"}), 10.0).sent is None


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ([], []),
        ([(b"A", b"1"), (b"a", b"2")], [("A", "1"), ("a", "2")]),
        ([(b"a", b"\xff\x00\xc3\xa9")], [("a", "\ufffd\ufffd\xe9")]),
        ([(b"a", b"x" * (RECEIVED_BYTES - 1)), (b"b", b"")], [("a", "x" * (RECEIVED_BYTES - 1)), ("", "…")]),
        ([(b"ab", b"x" * 8_190), (b"b", b"")], [("ab", "x" * (RECEIVED_BYTES - 2) + "…")]),
        ([(b"a" * 8_190, b"x"), (b"b", b"")], [("a" * RECEIVED_BYTES, "…")]),
    ],
    ids=["none", "the same twice", "no text", "one more than fits", "a long value", "a long name"],
)
def test_four_kibibytes_of_what_comes_are_kept_as_text(
    received: list[tuple[bytes, bytes]], kept: list[tuple[str, str]]
) -> None:
    assert exchange.kept(_notes(received=received), 10.0).received == kept
