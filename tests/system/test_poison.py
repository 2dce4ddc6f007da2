"""A story that breaks its workers is tried five times, then quarantined; the others go on meanwhile."""

import uuid
from collections.abc import Iterator

import pytest

from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from tests.system.receiver import Receiver
from tests.system.tree import Tree, wait_for

pytestmark = pytest.mark.timeout(240)

TRIED_AGAIN = {
    "segfault": "worker_lost",
    "hard": "worker_lost",
    "soft": "time_limit",
    "memory": "out_of_memory",
    "error": "error",
}
PERMANENT = {"output": "invalid_output", "offsets": "invalid_output"}


@pytest.fixture(scope="module")
def tree(servers: tuple[Postgres, Redis], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """A tree whose two workers are hostile."""
    hostile = {"enrich": "tests.system.hostile", "second": "tests.system.hostile#2"}
    grown = Tree(*servers, tmp_path_factory.mktemp("logs"), **hostile)
    grown.start()
    yield grown
    grown.stop()


def _document(title: str) -> dict[str, object]:
    body = "Rain fell on Nairobi. Kenya opened two reservoirs. The city of Mombasa stayed dry."
    return {"uri": f"urn:test:{uuid.uuid4()}", "title": title, "body": body, "language": "en"}


def test_poison_ends_in_quarantine_while_the_others_go_on(tree: Tree, receiver: Receiver) -> None:
    told = Receiver()
    subscription = tree.subscribe(told.url, event_types=["story.quarantined"])
    told.secret = subscription["secret"]
    poisoned = {kind: tree.post(_document(f"poison: {kind}")) for kind in {**TRIED_AGAIN, **PERMANENT}}
    healthy = {tree.post(_document("Rain in Kenya")) for _ in range(30)}
    wait_for(lambda: healthy <= receiver.stories().keys(), 60, "healthy stories arrive")

    def quarantined() -> bool:
        return all(tree.story(story)["state"] == "quarantined" for story in poisoned.values())

    wait_for(quarantined, 120, f"poison is quarantined; see the log:\n{tree.log()[-3000:]}")
    for kind, reason in {**TRIED_AGAIN, **PERMANENT}.items():
        story = tree.story(poisoned[kind])
        assert story["reason"]["reason"] == reason, kind
        tries = [step for step in story["trace"] if step["step"] == "enrich"]
        assert len(tries) == (1 if kind in PERMANENT else 5), kind
        assert "started" not in {step["outcome"] for step in tries}
    wait_for(lambda: set(poisoned.values()) <= told.stories().keys(), 30, "subscribers are told")
    assert told.faults == []
    assert {event["type"] for event in told.events.values()} == {"story.quarantined"}
    assert receiver.stories().keys() == healthy
    tree.unsubscribe(subscription["id"])
    told.close()
