import base64
import contextlib
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
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


# The key and the signature that the specification's example header holds, with the library's message.
ED25519_KEY = "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
ED25519_PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
ED25519_SIGNATURE = (
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
)


def test_the_known_vector_of_ed25519_is_signed_and_verified_as_the_standard_says() -> None:
    key = signature.load(b"whsk_" + base64.b64decode(ED25519_KEY)[:32])
    assert isinstance(key, Ed25519PrivateKey)
    assert signature.public(key) == ED25519_PUBLIC
    assert signature.sign(key, *VECTOR) == ED25519_SIGNATURE
    assert signature.fits(signature.parse(ED25519_PUBLIC), f"{VECTOR_SIGNATURE} {ED25519_SIGNATURE}", *VECTOR)
    assert signature.fits(signature.parse(VECTOR_SECRET), f"{ED25519_SIGNATURE} {VECTOR_SIGNATURE}", *VECTOR)


def test_a_json_web_key_holds_the_public_key_and_nothing_else() -> None:
    made = signature.jwk(ED25519_PUBLIC)
    assert base64.urlsafe_b64decode(made["x"] + "=") == base64.b64decode(ED25519_PUBLIC.removeprefix("whpk_"))
    assert (made["kty"], made["crv"], made["alg"], made["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert "d" not in made


@given(secret=st.binary(min_size=24, max_size=36))
def test_a_secret_is_loaded_as_it_was_dumped(secret: bytes) -> None:
    assert signature.load(signature.dump(secret)) == secret
    key = signature.new_private_key()
    loaded = signature.load(signature.dump(key))
    assert isinstance(loaded, Ed25519PrivateKey)
    assert loaded.private_bytes_raw() == key.private_bytes_raw()


@pytest.mark.parametrize(
    "signatures",
    [
        "",
        "v1a,",
        "v1a,not base64!",
        "v1a,\u00e9",
        "v1a,c2hvcnQ=",
        ED25519_SIGNATURE.replace("v1a", "v1"),
        "v1a, " * 2000,
    ],
)
def test_what_is_no_signature_of_ed25519_fits_nothing(signatures: str) -> None:
    assert not signature.fits(signature.parse(ED25519_PUBLIC), signatures, *VECTOR)


def test_another_body_or_key_does_not_fit_a_signature_of_ed25519() -> None:
    webhook_id, stamp, body = VECTOR
    key = signature.parse(ED25519_PUBLIC)
    assert not signature.fits(key, ED25519_SIGNATURE, webhook_id, stamp, body + b" ")
    other = signature.parse(signature.public(signature.new_private_key()))
    assert not signature.fits(other, ED25519_SIGNATURE, *VECTOR)


@pytest.mark.parametrize("shown", ["whpk_c2hvcnQ=", "whpk_!", f"whsk_{ED25519_KEY}"])
def test_a_malformed_or_private_key_verifies_nothing(shown: str) -> None:
    with pytest.raises(signature.SignatureError, match="whpk_"):
        signature.parse(shown)
