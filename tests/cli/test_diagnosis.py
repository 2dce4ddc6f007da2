import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli import diagnosis
from services.publish import signature

NOW = 1_800_000_000
KEY = b"k" * 32
SECRET = signature.shown(KEY)
BODY = json.dumps({"title": "Straße", "n": [1, 2]}, separators=(",", ":"), ensure_ascii=False).encode()


def headers(body: bytes = BODY, *, stamp: int = NOW, **changes: str) -> dict[str, str]:
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    return {**signature.headers(KEY, "id-1", stamp, body), **changed}


def examine(given: dict[str, str], body: bytes = BODY, secret: str = SECRET) -> tuple[bool, str]:
    found = diagnosis.examine(secret, given, body, now=NOW, tolerance_seconds=300)
    return all(each.ok for each in found), "\n".join(each.text for each in found)


def test_a_good_request_is_good() -> None:
    well, said = examine(headers())
    assert well
    assert "a signature fits" in said
    assert examine(headers(webhook_signature=f"v1,AAAA {headers()['webhook-signature']}"))[0]


@pytest.mark.parametrize(
    ("given", "body", "said"),
    [
        ({}, BODY, "webhook-signature is missing"),
        (headers(webhook_timestamp="yesterday"), BODY, "not a number of seconds"),
        (headers(webhook_timestamp="9" * 40), BODY, "not a number of seconds"),
        (headers(stamp=NOW - 7_200), BODY, "7200 s old, more than the 300 s"),
        (headers(stamp=NOW + 900), BODY, "900 s ahead, more than the 300 s that receivers take: a clock"),
        (headers(), BODY + b"\n", "without the line end at the end"),
        (headers(b"a\nb"), b"a\r\nb", "LF in place of CRLF"),
        (headers(), json.dumps(json.loads(BODY)).encode(), "JSON is written anew"),
        (headers(), b'{"title": "other"}', "another subscription's secret, or the body was changed"),
        (headers(), b"no JSON", "another subscription's secret, or the body was changed"),
        (headers(webhook_signature="v1a,AAAA"), BODY, "no signature of the scheme v1"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], body: bytes, said: str) -> None:
    well, found = examine(given, body)
    assert not well
    assert said in found


def test_a_secret_that_is_none_is_said() -> None:
    well, said = examine(headers(), secret="whsec_not base64")
    assert not well
    assert "copy it as the subscription's reply showed it" in said


@given(
    given=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=20)
    ),
    body=st.binary(max_size=100) | st.just(b"[" * 100_000),
)
def test_nothing_that_arrives_verifies_by_chance_or_raises(given: Any, body: bytes) -> None:
    assert not examine(given, body)[0]
