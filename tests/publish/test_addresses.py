import pytest

from services.publish import addresses


@pytest.mark.parametrize(
    "url", ["https://example.org/hook", "http://127.0.0.1:9000/", "https://[2001:db8::1]:8443/x?y=1"]
)
def test_an_endpoint_is_a_web_address(url: str) -> None:
    assert addresses.fault(url) is None


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ftp://example.org/", "https"),
        ("file:///etc/passwd", "https"),
        ("https:///path", "host"),
        ("https://example.org:99999/", "port"),
        ("https://[::1/", "host"),
        ("https://example.org:0/", "Port 0"),
        ("https://user:secret@example.org/", "password"),
        ("https://user@example.org/", "password"),
        ("https://example.org/#part", "fragment"),
    ],
)
def test_what_is_none_is_refused_with_the_remedy(url: str, word: str) -> None:
    fault = addresses.fault(url)
    assert fault is not None
    assert word in fault
