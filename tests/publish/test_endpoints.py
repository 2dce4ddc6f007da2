from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.settings import EndpointSettings
from services.publish import endpoints
from services.publish.endpoints import Policy

URLS = {"database_url": "postgresql://localhost/x", "broker_url": "redis://localhost"}
PRODUCTION = endpoints.policy(EndpointSettings(**URLS))
LAPTOP = endpoints.policy(
    EndpointSettings(**URLS, allow_cidr="127.0.0.0/8,::1/128", allow_http="true", allow_ports="25,1024-65535")
)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook",
        "HTTPS://Example.ORG/hook",
        "https://example.org:443/",
        "https://example.org:8443/x?y=1",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]:8443/",
        "https://[::ffff:8.8.8.8]/",
        "https://desk.internal/",
        "https://localhost.example.org/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_by_default_an_endpoint_is_https_on_its_ports_at_a_public_address(url: str) -> None:
    assert PRODUCTION.url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", ["https"]),
        ("file:///etc/passwd", ["https"]),
        ("https:///path", ["host"]),
        ("https://example.org:99999/", ["port"]),
        ("https://[::1/", ["host"]),
        ("https://example.org:0/", ["Port 0"]),
        ("https://user:secret@example.org/", ["password"]),
        ("https://user@example.org/", ["password"]),
        ("https://@example.org/", ["password"]),
        ("https://example.org/#part", ["fragment"]),
        ("http://example.org/", ["unencrypted", "COPYDESK_ALLOW_HTTP=true"]),
        ("https://example.org:80/", ["Port 80", "443 or 8443", "COPYDESK_ALLOW_PORTS=80"]),
        ("https://example.org:25/", ["Port 25", "443 or 8443", "COPYDESK_ALLOW_PORTS=25"]),
        ("https://example.org:6379/", ["Port 6379"]),
        ("https://10.0.0.7/", ["10.0.0.7 is in 10.0.0.0/8", "RFC 1918", "COPYDESK_ALLOW_CIDR"]),
        ("https://127.0.0.1/", ["127.0.0.0/8", "loopback"]),
        ("https://169.254.169.254/latest/", ["169.254.0.0/16", "metadata"]),
        ("https://168.63.129.16/", ["168.63.129.16/32", "Azure"]),
        ("https://[::1]/", ["::1/128"]),
        ("https://[fd00::1]/", ["fc00::/7"]),
        ("https://[::ffff:127.0.0.1]/", ["127.0.0.0/8"]),
        ("https://[64:ff9b::a00:1]/", ["10.0.0.0/8"]),
        ("https://[fe80::1%25eth0]/", ["%"]),
        ("https://[fe80::1%eth0]/", ["%"]),
        ("https://%31%32%37.0.0.1/", ["%"]),
        ("https://localhost/", ["localhost is in 127.0.0.0/8", "COPYDESK_ALLOW_CIDR"]),
        ("https://LOCALHOST./", ["127.0.0.0/8"]),
        ("https://desk.localhost/", ["127.0.0.0/8"]),
        ("https://2130706433/", ["127.0.0.0/8"]),
        ("https://0x7f.1/", ["127.0.0.0/8"]),
        ("https://017700000001/", ["127.0.0.0/8"]),
        ("https://127.1/", ["127.0.0.0/8"]),
        ("https://127.0.0.1./", ["127.0.0.0/8"]),
        ("https://0/", ["0.0.0.0/8"]),
        ("https://134744072/", ["disguise", "write 8.8.8.8"]),
        ("https://desk..example/", ["1 to 63 characters"]),
        ("https://.../", ["1 to 63 characters"]),
        (f"https://{'a' * 64}.example/", ["1 to 63 characters"]),
    ],
)
def test_anything_else_is_refused_with_what_closes_it_and_the_remedy(url: str, words: list[str]) -> None:
    fault = PRODUCTION.url_fault(url)
    assert fault is not None
    assert [word for word in words if word not in fault] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/",
        "http://localhost:1024/",
        "http://[::1]:65535/",
        "https://example.org/",
        "http://example.org:8080/",
        "http://example.org/",
        "http://example.org:25/",
    ],
)
def test_what_is_opened_may_be_called(url: str) -> None:
    assert LAPTOP.url_fault(url) is None


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://example.org:26/", "http://2130706433/", "http://169.254.169.254/"]
)
def test_what_is_not_opened_stays_closed(url: str) -> None:
    assert LAPTOP.url_fault(url) is not None


def test_localhost_needs_both_of_its_addresses() -> None:
    half = Policy((ip_network("127.0.0.0/8"),))
    assert "::1/128" in (half.url_fault("https://localhost/") or "")


@pytest.mark.parametrize(
    ("address", "port", "word"),
    [
        ("1.1.1.1", 443, None),
        ("2606:4700:4700::1111", 8443, None),
        ("10.1.2.3", 443, "10.0.0.0/8"),
        ("::ffff:10.1.2.3", 443, "10.0.0.0/8"),
        ("1.1.1.1", 22, "Port 22"),
        ("1.1.1.1", 80, "Port 80"),
        ("fe80::1%eth0", 443, "zone"),
        ("example.org", 443, "no address"),
        ("127.1", 443, "no address"),
        ("", 443, "no address"),
    ],
)
def test_what_is_dialled_is_an_address_and_port_that_may_be_called(
    address: str, port: int, word: str | None
) -> None:
    fault = PRODUCTION.address_fault(address, port)
    assert fault is None if word is None else word in (fault or "")


def test_a_name_that_leads_inside_does_not_tell_where_to() -> None:
    fault = PRODUCTION.address_fault("10.11.12.13", 443)
    assert fault is not None
    assert "10.11.12.13" not in fault


@given(st.text(max_size=60))
def test_any_text_has_a_verdict(text: str) -> None:
    faults = [PRODUCTION.url_fault(url) for url in (text, f"https://{text}/", f"https://example.org:{text}/")]
    for fault in (*faults, PRODUCTION.address_fault(text, 443)):
        assert fault is None or fault.endswith(".")
