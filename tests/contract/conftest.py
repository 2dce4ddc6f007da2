"""A record that satisfies its contract."""

import json
from typing import Any

import pytest

from tests.contract.known import EXAMPLES


@pytest.fixture
def record() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / "record" / "valid" / "complete.json").read_text())
    return document
