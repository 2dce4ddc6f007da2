"""Which IP addresses may be called: what is not public is in one table, and closed unless it is opened.

`ipaddress.is_global` would be shorter and wrong: it passes multicast, relays, translated forms of private
addresses, and the public address at which Azure hands out a machine's secrets. Sources: the IANA registries
of special-purpose addresses (IPv4 and IPv6), of IPv6 address space, and the RFC that each line names.
"""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The first line that holds an address names it, so what is narrow stands before what is wide.
_TABLE = """
0.0.0.0/8           this network (RFC 1122)
10.0.0.0/8          private use (RFC 1918)
100.64.0.0/10       shared by carriers (RFC 6598)
127.0.0.0/8         loopback (RFC 1122)
168.63.129.16/32    Azure's metadata and host agent
169.254.0.0/16      link-local, cloud metadata (RFC 3927)
172.16.0.0/12       private use (RFC 1918)
192.0.0.0/24        protocol assignments (RFC 6890)
192.0.2.0/24        documentation (RFC 5737)
192.31.196.0/24     AS112 sink (RFC 7535)
192.52.193.0/24     multicast tunnels (RFC 7450)
192.88.99.0/24      6to4 relays, withdrawn (RFC 7526)
192.168.0.0/16      private use (RFC 1918)
192.175.48.0/24     AS112 sink (RFC 7534)
198.18.0.0/15       benchmarks (RFC 2544)
198.51.100.0/24     documentation (RFC 5737)
203.0.113.0/24      documentation (RFC 5737)
224.0.0.0/4         multicast (RFC 5771)
255.255.255.255/32  broadcast (RFC 919)
240.0.0.0/4         reserved (RFC 1112)
::/128              unspecified (RFC 4291)
::1/128             loopback (RFC 4291)
::/96               IPv4-compatible, withdrawn (RFC 4291)
64:ff9b:1::/48      translation to IPv4 of local use (RFC 8215)
100::/64            discard (RFC 6666)
100:0:0:1::/64      dummy (RFC 9780)
2001::/32           Teredo tunnels (RFC 4380)
2001:2::/48         benchmarks (RFC 5180)
2001:10::/28        ORCHID, withdrawn (RFC 4843)
2001:20::/28        ORCHIDv2 (RFC 7343)
2001::/23           protocol assignments (RFC 2928)
2001:db8::/32       documentation (RFC 3849)
2002::/16           6to4 tunnels (RFC 3056)
2620:4f:8000::/48   AS112 sink (RFC 7534)
3ffe::/16           6bone, withdrawn (RFC 3701)
3fff::/20           documentation (RFC 9637)
5f00::/16           segment routing (RFC 9602)
fc00::/7            unique local (RFC 4193)
fe80::/10           link-local (RFC 4291)
fec0::/10           site-local, withdrawn (RFC 3879)
ff00::/8            multicast (RFC 4291)
::/3                reserved by the IETF (RFC 4291)
4000::/2            reserved by the IETF (RFC 4291)
8000::/1            reserved by the IETF (RFC 4291)
"""
BLOCKS: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(block), purpose.strip())
    for block, _, purpose in (line.partition(" ") for line in _TABLE.strip().splitlines())
)
# An IPv6 block whose addresses are another way to write, or to reach, an IPv4 address; how many bits from
# the right that stands, and whether each of its bits is flipped.
_MAPPED, _NAT64 = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")  # RFC 4291, RFC 6052
_WRAPPINGS: tuple[tuple[IPv6Network, int, bool], ...] = (
    (_MAPPED, 0, False),
    (_NAT64, 0, False),
    (IPv6Network("::/96"), 0, False),
    (IPv6Network("::ffff:0:0:0/96"), 0, False),  # RFC 2765
    (IPv6Network("64:ff9b:1::/48"), 0, False),
    (IPv6Network("2002::/16"), 80, False),
    (IPv6Network("2001::/32"), 64, False),  # the server of Teredo
    (IPv6Network("2001::/32"), 0, True),  # its client
)
_ISATAP = {0x0000_5EFE, 0x0200_5EFE}  # the middle of any address, before an IPv4 one (RFC 5214)
_NOT_COMPATIBLE = {IPv6Address("::"), IPv6Address("::1")}
LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
# Where clouds hand the machine that asks its credentials.
METADATA: tuple[Address, ...] = tuple(
    map(ip_address, ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)


@dataclass(frozen=True, slots=True)
class Block:
    """Why an address may not be called.

    Args:
        network: what would have to be opened; `None` where nothing can open it.
        purpose: of the addresses in it, for people.
    """

    network: Network | None
    purpose: str

    def __str__(self) -> str:
        return f"{self.network}, {self.purpose}" if self.network else self.purpose


def parse(text: str) -> Address | None:
    """Returns the address that the text is written as, one with a zone included; `None` for a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def spelled_oddly(text: str) -> IPv4Address | None:
    """Returns what resolvers make of `0x7f.1`, `017700000001` or `2130706433`; `None` for any other text."""
    try:
        return IPv4Address(socket.inet_aton(text.rstrip(".")))
    except (OSError, ValueError):
        return None


def block(address: Address, opened: Sequence[Network] = ()) -> Block | None:
    """Returns the block that closes an address, or an IPv4 address inside it; `None` where it may be called.

    Args:
        address: what would be dialled.
        opened: blocks that may be called whatever the table says.
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return Block(None, "an address with a zone, which means another host on each machine")
    return next((found for form in _forms(address) if (found := _closed(form, opened))), None)


def _closed(address: Address, opened: Sequence[Network]) -> Block | None:
    if any(address in network for network in opened):
        return None
    return next((Block(network, why) for network, why in BLOCKS if address in network), None)


def _forms(address: Address) -> Iterator[Address]:
    """Yields an address and each one inside it; not itself where it is only a way to write the other."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address not in _MAPPED and address not in _NAT64:
        yield address
    value = int(address)
    if address not in _NOT_COMPATIBLE:
        for network, shift, flipped in _WRAPPINGS:
            if address in network:
                inner = (value >> shift) & 0xFFFF_FFFF
                yield IPv4Address(inner ^ 0xFFFF_FFFF if flipped else inner)
    if (value >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(value & 0xFFFF_FFFF)
