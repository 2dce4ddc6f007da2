from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publish import addresses

# Every address with the block that closes it; `None` where it may be called.
VERDICTS = {
    "1.1.1.1": None,
    "8.8.8.8": None,
    "9.255.255.255": None,
    "11.0.0.0": None,
    "100.63.255.255": None,
    "100.128.0.0": None,
    "126.255.255.255": None,
    "128.0.0.0": None,
    "168.63.129.15": None,
    "168.63.129.17": None,
    "169.253.255.255": None,
    "169.255.0.0": None,
    "172.15.255.255": None,
    "172.32.0.0": None,
    "192.0.1.1": None,
    "192.167.255.255": None,
    "192.169.0.0": None,
    "198.17.255.255": None,
    "198.20.0.0": None,
    "223.255.255.255": None,
    "0.0.0.0": "0.0.0.0/8",  # noqa: S104
    "0.1.2.3": "0.0.0.0/8",
    "10.0.0.0": "10.0.0.0/8",
    "10.255.255.255": "10.0.0.0/8",
    "100.64.0.0": "100.64.0.0/10",
    "100.100.100.200": "100.64.0.0/10",
    "100.127.255.255": "100.64.0.0/10",
    "127.0.0.1": "127.0.0.0/8",
    "127.255.255.255": "127.0.0.0/8",
    "168.63.129.16": "168.63.129.16/32",
    "169.254.0.1": "169.254.0.0/16",
    "169.254.169.254": "169.254.0.0/16",
    "169.254.170.2": "169.254.0.0/16",
    "172.16.0.0": "172.16.0.0/12",
    "172.31.255.255": "172.16.0.0/12",
    "192.0.0.1": "192.0.0.0/24",
    "192.0.0.9": "192.0.0.0/24",
    "192.0.0.192": "192.0.0.0/24",
    "192.0.2.1": "192.0.2.0/24",
    "192.31.196.1": "192.31.196.0/24",
    "192.52.193.1": "192.52.193.0/24",
    "192.88.99.1": "192.88.99.0/24",
    "192.168.0.1": "192.168.0.0/16",
    "192.175.48.1": "192.175.48.0/24",
    "198.18.0.0": "198.18.0.0/15",
    "198.19.255.255": "198.18.0.0/15",
    "198.51.100.1": "198.51.100.0/24",
    "203.0.113.1": "203.0.113.0/24",
    "224.0.0.1": "224.0.0.0/4",
    "239.255.255.255": "224.0.0.0/4",
    "240.0.0.1": "240.0.0.0/4",
    "255.255.255.254": "240.0.0.0/4",
    "255.255.255.255": "255.255.255.255/32",
    "2606:4700:4700::1111": None,
    "2001:4860:4860::8888": None,
    "2a00:1450:4001::200e": None,
    "2001:200::1": None,
    "2620:4f:7fff::1": None,
    "3ffd::1": None,
    "3fff:1000::1": None,
    "::": "::/128",
    "::1": "::1/128",
    "::2": "::/96",
    "::7f00:1": "::/96",
    "::8.8.8.8": "::/96",
    "::ffff:8.8.8.8": None,
    "::ffff:127.0.0.1": "127.0.0.0/8",
    "::ffff:10.1.2.3": "10.0.0.0/8",
    "::ffff:a9fe:a9fe": "169.254.0.0/16",
    "::ffff:0:127.0.0.1": "::/3",
    "64:ff9b::8.8.8.8": None,
    "64:ff9b::127.0.0.1": "127.0.0.0/8",
    "64:ff9b::a9fe:a9fe": "169.254.0.0/16",
    "64:ff9b:1::8.8.8.8": "64:ff9b:1::/48",
    "64:ff9b:1::10.0.0.1": "64:ff9b:1::/48",
    "64:ff9b:2::1": "::/3",
    "100::1": "100::/64",
    "100:0:0:1::1": "100:0:0:1::/64",
    "2001::1": "2001::/32",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "2001::/32",
    "2001:2::1": "2001:2::/48",
    "2001:10::1": "2001:10::/28",
    "2001:20::1": "2001:20::/28",
    "2001:1::1": "2001::/23",
    "2001:1ff:ffff::1": "2001::/23",
    "2001:db8::1": "2001:db8::/32",
    "2002:808:808::1": "2002::/16",
    "2002:7f00:1::": "2002::/16",
    "2620:4f:8000::1": "2620:4f:8000::/48",
    "3ffe:1900:4545::1": "3ffe::/16",
    "3fff::1": "3fff::/20",
    "3fff:fff:ffff::1": "3fff::/20",
    "5f00::1": "5f00::/16",
    "4000::1": "4000::/2",
    "8000::1": "8000::/1",
    "fc00::1": "fc00::/7",
    "fd00:ec2::254": "fc00::/7",
    "fd20:ce::254": "fc00::/7",
    "fe80::1": "fe80::/10",
    "febf::1": "fe80::/10",
    "fec0::1": "fec0::/10",
    "feff::1": "fec0::/10",
    "ff02::1": "ff00::/8",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "ff00::/8",
    "2a00:1450:4001::5efe:10.0.0.1": "10.0.0.0/8",
    "2a00:1450:4001::200:5efe:127.0.0.1": "127.0.0.0/8",
    "2a00:1450:4001::5efe:8.8.8.8": None,
}
CLOSED_IPV4 = [network for network, _ in addresses.BLOCKS if network.version == 4]
WRAPPINGS: dict[str, Callable[[int], int]] = {
    "mapped": lambda inner: int(IPv6Address("::ffff:0:0")) | inner,
    "compatible": lambda inner: inner,
    "translated": lambda inner: int(IPv6Address("::ffff:0:0:0")) | inner,
    "NAT64": lambda inner: int(IPv6Address("64:ff9b::")) | inner,
    "NAT64 of local use": lambda inner: int(IPv6Address("64:ff9b:1::")) | inner,
    "6to4": lambda inner: int(IPv6Address("2002::1")) | inner << 80,
    "server of Teredo": lambda inner: int(IPv6Address("2001::")) | inner << 64,
    "client of Teredo": lambda inner: int(IPv6Address("2001:0:808:808::")) | (inner ^ 0xFFFFFFFF),
    "ISATAP": lambda inner: int(IPv6Address("2a00:1450::5efe:0:0")) | inner,
    "ISATAP, public": lambda inner: int(IPv6Address("2a00:1450::200:5efe:0:0")) | inner,
}
ALL_IPV6 = (ip_network("::/0"),)


@pytest.mark.parametrize(("text", "closed_by"), VERDICTS.items())
def test_an_address_is_closed_by_the_narrowest_block_that_holds_it(text: str, closed_by: str | None) -> None:
    found = addresses.block(ip_address(text))
    assert (found and str(found.network)) == closed_by


def test_each_block_is_closed_from_its_first_to_its_last_address() -> None:
    for network, purpose in addresses.BLOCKS:
        assert purpose
        for address in (network[0], network[-1]):
            assert addresses.block(address), address


def test_what_stands_earlier_is_never_wider() -> None:
    for place, (network, _) in enumerate(addresses.BLOCKS):
        for earlier, _ in addresses.BLOCKS[:place]:
            wider = network.version == earlier.version and network.subnet_of(earlier)  # type: ignore[arg-type]
            assert not wider, f"{network} is never reached: {earlier}"


@given(block=st.sampled_from(CLOSED_IPV4), wrapping=st.sampled_from(sorted(WRAPPINGS)), data=st.data())
def test_a_closed_address_is_closed_in_every_ipv6_form(
    block: addresses.Network, wrapping: str, data: st.DataObject
) -> None:
    inner = data.draw(st.integers(int(block[0]), int(block[-1])))
    outer = IPv6Address(WRAPPINGS[wrapping](inner))
    assert addresses.block(IPv4Address(inner))
    assert addresses.block(outer)
    if outer not in (IPv6Address("::"), IPv6Address("::1")):  # whoever opens all of IPv6 opens no IPv4
        assert addresses.block(outer, ALL_IPV6)


@given(st.ip_addresses(v=6))
def test_beyond_global_unicast_only_forms_of_public_ipv4_are_open(address: IPv6Address) -> None:
    forms = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"), ip_network("2000::/3"))
    assert addresses.block(address) or any(address in form for form in forms)


@given(st.ip_addresses())
def test_opening_everything_opens_every_address_without_a_zone(address: addresses.Address) -> None:
    assert addresses.block(address, (ip_network("0.0.0.0/0"), ip_network("::/0"))) is None


def test_opening_a_block_opens_it_in_the_forms_that_lead_there() -> None:
    opened = (ip_network("10.20.0.0/16"), ip_network("::1/128"))
    for text in ("10.20.3.4", "::ffff:10.20.3.4", "64:ff9b::10.20.3.4", "::1"):
        assert addresses.block(ip_address(text), opened) is None, text
    for text in ("10.21.0.1", "::ffff:10.21.0.1", "127.0.0.1", "2002:a14:304::", "::10.20.3.4"):
        assert addresses.block(ip_address(text), opened), text


@pytest.mark.parametrize("text", ["fe80::1%eth0", "2606:4700:4700::1111%1", "::1%lo"])
def test_an_address_with_a_zone_is_never_open(text: str) -> None:
    found = addresses.block(ip_address(text), (ip_network("::/0"), ip_network("0.0.0.0/0")))
    assert found is not None
    assert found.network is None
    assert "zone" in str(found)


@pytest.mark.parametrize("address", addresses.METADATA, ids=str)
def test_metadata_of_clouds_is_closed(address: addresses.Address) -> None:
    assert addresses.block(address)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104
        ("10.65535", "10.0.255.255"),
        ("desk.example", None),
        ("127.0.0.1.example", None),
        ("", None),
        ("1.2.3.4.5", None),
        ("4294967296", None),
        ("\u0661\u0662\u0667.0.0.1", None),
    ],
)
def test_odd_spellings_are_what_resolvers_make_of_them(text: str, meant: str | None) -> None:
    assert addresses.spelled_oddly(text) == (meant and IPv4Address(meant))
