"""Tests that need Node: they run with `pytest -m node` only."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes these tests out of every run that does not ask for them by their marker."""
    ours = [item for item in items if item.get_closest_marker("node")]
    if config.option.markexpr != "node" and ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]
