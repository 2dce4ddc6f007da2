import shlex
from pathlib import Path

from services.embedded.home import default_directory
from services.embedded.tips import next_lines


def test_the_lines_name_the_addresses_and_the_key() -> None:
    lines = next_lines(default_directory({}), "http://127.0.0.1:8000", "http://127.0.0.1:8001", {})
    assert "\n  copydesk listen\n" in lines
    assert "curl -i http://127.0.0.1:8000/v1/stories" in lines
    assert "http://127.0.0.1:8001/docs" in lines


def test_another_terminal_is_told_of_another_directory() -> None:
    data = Path("/srv/a desk")
    lines = next_lines(data, "http://i", "http://p", {"COPYDESK_DATA": str(data)})
    assert "COPYDESK_DATA='/srv/a desk' copydesk listen" in lines
    assert shlex.quote("/srv/a desk/key") in lines
