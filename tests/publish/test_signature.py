import base64
import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as SvixWebhook

from services.publish import signature

# The example of the Standard Webhooks specification's reference libraries.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_known_vector_is_signed_as_the_standard_says() -> None:
    assert signature.sign(signature.parse(VECTOR_SECRET), *VECTOR) == VECTOR_SIGNATURE


@given(secret=st.binary(min_size=24, max_size=64), body=st.binary(max_size=200))
def test_the_official_library_verifies_what_we_sign(secret: bytes, body: bytes) -> None:
    text = body.decode("latin-1")
    headers = signature.headers(secret, "01a2031e-f74f", int(time.time()), text.encode())
    with contextlib.suppress(ValueError):  # it parses the body as JSON once the signature was found good
        Webhook(signature.shown(secret)).verify(text, headers)
    signature.verify(signature.shown(secret), headers, text.encode())


@pytest.mark.parametrize("library", [Webhook, SvixWebhook])
def test_official_libraries_verify_with_the_new_and_with_every_former_secret(library: type[Any]) -> None:
    newest, *former = (signature.new_secret() for _ in range(3))
    headers = signature.headers(newest, "id", int(time.time()), b"{}", former=former)
    assert [each.partition(",")[0] for each in headers["webhook-signature"].split(" ")] == ["v1"] * 3
    assert headers["webhook-signature"].startswith(
        signature.sign(newest, "id", int(headers["webhook-timestamp"]), b"{}")
    )
    for secret in (newest, *former):
        library(signature.shown(secret)).verify(b"{}", headers)
        signature.verify(signature.shown(secret), headers, b"{}")
    with pytest.raises(Exception, match="No matching signature"):
        library(signature.shown(signature.new_secret())).verify(b"{}", headers)


def test_another_secret_or_body_is_refused_by_both() -> None:
    secret, body = signature.new_secret(), b'{"a": 1}'
    headers = signature.headers(secret, "id", int(time.time()), body)
    other = signature.shown(signature.new_secret())
    with pytest.raises(signature.SignatureError, match="no signature fits"):
        signature.verify(other, headers, body)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers)
    with pytest.raises(signature.SignatureError, match="no signature fits"):
        signature.verify(signature.shown(secret), headers, body + b" ")


def test_one_good_signature_of_several_is_enough() -> None:
    secret, body = signature.new_secret(), b"{}"
    headers = signature.headers(secret, "id", int(time.time()), body)
    headers["webhook-signature"] = f"v1,{base64.b64encode(b'x' * 32).decode()} {headers['webhook-signature']}"
    signature.verify(signature.shown(secret), headers, body)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", None),
        ("webhook-signature", None),
        ("webhook-timestamp", None),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "-5"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-timestamp", "\u0665"),
        ("webhook-signature", "v1,\u00e9"),
        ("webhook-signature", ""),
    ],
)
def test_missing_and_malformed_headers_are_refused(header: str, value: str | None) -> None:
    secret = signature.new_secret()
    headers = signature.headers(secret, "id", int(time.time()), b"{}")
    if value is None:
        del headers[header]
    else:
        headers[header] = value
    with pytest.raises(signature.SignatureError):
        signature.verify(signature.shown(secret), headers, b"{}")


@pytest.mark.parametrize("shift", [-301, 301])
def test_an_old_or_early_timestamp_is_refused(shift: int) -> None:
    secret = signature.new_secret()
    headers = signature.headers(secret, "id", int(time.time()) + shift, b"{}")
    with pytest.raises(signature.SignatureError, match="timestamp"):
        signature.verify(signature.shown(secret), headers, b"{}")


def test_a_malformed_secret_is_refused_with_a_sentence() -> None:
    with pytest.raises(signature.SignatureError, match="whsec_"):
        signature.parse("whsec_not base64!")
