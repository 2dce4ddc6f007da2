"""Which endpoints may be called: scheme, host, port and address, under one policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import SplitResult, urlsplit

from copydesk.settings import EndpointSettings
from services.publish import addresses
from services.publish.addresses import Network

SCHEMES = {"https": 443, "http": 80}
PORTS = {"https": (443, 8443), "http": (80, 8080)}
MOST_LABEL = 63  # RFC 1035
LOCALHOST = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be called; by default https on its usual ports, at public addresses.

    Args:
        opened: address blocks that may be called although they are private or special.
        http: whether endpoints may do without TLS.
        ports: those besides the usual ones.
    """

    opened: tuple[Network, ...] = ()
    http: bool = False
    ports: tuple[range, ...] = ()

    def __str__(self) -> str:
        schemes = "https and http" if self.http else "https"
        ports = [str(each) for each in self._usual_ports()]
        ports += [f"{each[0]}-{each[-1]}" if len(each) > 1 else str(each[0]) for each in self.ports]
        where = ", ".join(("public addresses", *map(str, self.opened)))
        return f"{schemes} to {where} on ports {', '.join(ports)}"

    def url_fault(self, url: str) -> str | None:
        """Returns what is wrong with an endpoint's URL, in a sentence with the remedy; `None` if nothing.

        A name is not resolved: what it leads to is checked each time that it is dialled.

        Args:
            url: valid against `schemas/subscription.schema.json`.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return "The URL's host or port cannot be read: write https://host:port/path."
        return next((fault for fault in self._faults(parts, port) if fault), None)

    def address_fault(self, address: str, port: int) -> str | None:
        """Returns why an address and port may not be dialled; `None` if they may.

        Args:
            address: as it is given to the operating system, an IPv4 or IPv6 address without a name's help.
            port: of the same connection.
        """
        parsed = addresses.parse(address)
        if parsed is None:
            return "What would be dialled is no address."
        if found := addresses.block(parsed, self.opened):
            return _closed("The address", found)
        return self._port_fault(port)

    def _faults(self, parts: SplitResult, port: int | None) -> Iterator[str | None]:
        scheme = parts.scheme.lower()
        if scheme not in SCHEMES or not parts.hostname:
            yield "An endpoint is an https:// or http:// URL with a host."
            return
        yield _secret_in(parts)
        if scheme == "http" and not self.http:
            yield (
                "http:// would send stories unencrypted: use https://,"
                " or have the operator set COPYDESK_ALLOW_HTTP=true."
            )
        yield self._port_fault(SCHEMES[scheme] if port is None else port)
        yield self._host_fault(parts.hostname)

    def _port_fault(self, port: int) -> str | None:
        if port == 0:
            return "Port 0 cannot be called: name the port on which the endpoint listens."
        if port in self._usual_ports() or any(port in each for each in self.ports):
            return None
        return (
            f"Port {port} may not be called: use {_listed(self._usual_ports())},"
            f" or have the operator set COPYDESK_ALLOW_PORTS={port}."
        )

    def _usual_ports(self) -> tuple[int, ...]:
        return PORTS["https"] + PORTS["http"] * self.http

    def _host_fault(self, host: str) -> str | None:
        if "%" in host:
            return "A host is written out: without % (an encoded character, or the zone of an address)."
        if literal := addresses.parse(host):
            return self._literal_fault(host, literal)
        name = host.removesuffix(".").lower()
        if not all(0 < len(part) <= MOST_LABEL for part in name.split(".")):
            return f"Between the dots of a host stand 1 to {MOST_LABEL} characters."
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761
            return next(filter(None, (self._literal_fault(host, each) for each in LOCALHOST)), None)
        if odd := addresses.spelled_oddly(host):
            return self._literal_fault(host, odd) or f"{host} is an address in disguise: write {odd}."
        return None

    def _literal_fault(self, host: str, address: addresses.Address) -> str | None:
        found = addresses.block(address, self.opened)
        return _closed(host, found) if found else None


ANYWHERE = Policy(tuple(map(ip_network, ("0.0.0.0/0", "::/0"))), http=True, ports=(range(1, 1 << 16),))


def policy(settings: EndpointSettings) -> Policy:
    """Returns the policy that the settings say."""
    return Policy(settings.allow_cidr, settings.allow_http, settings.allow_ports)


def _closed(what: str, found: addresses.Block) -> str:
    if found.network is None:
        return f"{what} is {found.purpose}: name a public address."
    return (
        f"{what} is in {found}, which may not be called: name a public address,"
        " or have the operator open its network with COPYDESK_ALLOW_CIDR."
    )


def _listed(ports: Sequence[int]) -> str:
    return f"{', '.join(map(str, ports[:-1]))} or {ports[-1]}"


def _secret_in(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.password is not None:
        return "A URL with a name or a password in it would be shown in logs: check the signature instead."
    if parts.fragment:
        return "A fragment (#…) is never sent: leave it out."
    return None
