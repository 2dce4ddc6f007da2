import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publish.vault import Vault, VaultError, new_key

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = st.binary(min_size=32, max_size=32)


@given(
    keys=st.lists(KEYS, min_size=1, max_size=3),
    subscription=st.uuids(),
    secret=st.binary(min_size=24, max_size=64),
)
def test_what_was_sealed_is_opened_by_whoever_has_the_key(
    keys: list[bytes], subscription: UUID, secret: bytes
) -> None:
    vault = Vault(keys)
    sealed = vault.seal(subscription, secret)
    assert secret not in sealed
    assert vault.open(subscription, sealed) == secret
    assert vault.knows(sealed)
    assert vault.is_current(sealed)
    assert sealed != vault.seal(subscription, secret), "a nonce is used once"


def test_the_first_key_seals_and_all_open() -> None:
    subscription, secret = uuid4(), b"s" * 32
    sealed = Vault([OLD]).seal(subscription, secret)
    both = Vault([NEW, OLD])
    assert both.open(subscription, sealed) == secret
    assert both.knows(sealed)
    assert not both.is_current(sealed)
    assert Vault([NEW]).open(subscription, both.seal(subscription, secret)) == secret


def test_a_key_that_is_listed_twice_is_one_key() -> None:
    vault = Vault([NEW, NEW])
    assert vault.is_current(vault.seal(uuid4(), b"s" * 32))


def test_without_the_key_nothing_is_opened() -> None:
    subscription = uuid4()
    sealed = Vault([OLD]).seal(subscription, b"s" * 32)
    with pytest.raises(VaultError, match="COPYDESK_SECRETS_KEY"):
        Vault([NEW]).open(subscription, sealed)
    assert not Vault([NEW]).knows(sealed)


@given(place=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
def test_what_was_changed_is_never_opened(place: int, change: int) -> None:
    vault, subscription = Vault([OLD]), uuid4()
    sealed = bytearray(vault.seal(subscription, b"s" * 32))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(VaultError):
        vault.open(subscription, bytes(sealed))


@pytest.mark.parametrize("length", range(33, 61))
def test_what_was_cut_is_never_opened(length: int) -> None:
    vault, subscription = Vault([OLD]), uuid4()
    with pytest.raises(VaultError):
        vault.open(subscription, vault.seal(subscription, b"s" * 32)[:length])


def test_a_secret_opens_for_its_own_subscription_alone() -> None:
    vault = Vault([OLD])
    with pytest.raises(VaultError, match="changed"):
        vault.open(uuid4(), vault.seal(uuid4(), b"s" * 32))


def test_what_was_stored_before_there_was_a_key_is_itself() -> None:
    vault, plain = Vault([OLD]), b"\x01" * 32
    assert vault.open(uuid4(), plain) == plain
    assert vault.knows(plain)
    assert not vault.is_current(plain)


def test_a_fresh_key_is_32_bytes_in_base64() -> None:
    assert len(base64.b64decode(new_key(), validate=True)) == 32
    assert new_key() != new_key()
