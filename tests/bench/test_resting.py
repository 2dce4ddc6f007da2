import time
from typing import Any, cast

from bench.resting import Resting, instead
from services.embedded.child import Command
from services.enrich.pipeline import Pipeline, Story


class Slow:
    """Takes as long for every story."""

    def __init__(self) -> None:
        self.enriched = 0

    def enrich(self, story: Story) -> dict[str, Any]:
        self.enriched += 1
        time.sleep(0.02)
        return {"of": story.title}


def test_it_rests_as_long_as_computing_took_and_computes_nothing() -> None:
    slow = Slow()
    resting = Resting(cast("Pipeline", slow))
    computed = slow.enriched
    began = time.monotonic()
    found = [resting.enrich(Story("Any", "Any.")) for _ in range(3)]
    assert time.monotonic() - began >= 0.06
    assert slow.enriched == computed
    assert found == [found[0]] * 3
    assert found[0]["of"] != "Any"


def test_only_the_command_of_enrich_becomes_another() -> None:
    enrich = Command("enrich", ("python", "-m", "services.enrich"), {"A": "1"})
    sweep = Command("sweep", ("python", "-m", "services.enrich.sweep"), {"A": "1"})
    changed = instead(enrich)
    assert changed.argv == ("python", "-m", "bench.resting")
    assert changed.environment["A"] == "1"
    assert instead(sweep) is sweep
