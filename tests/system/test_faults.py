"""Whatever is killed, wiped, stopped or frozen: what was promised arrives, signed, once a webhook-id."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from sqlalchemy import text

from tests.system.receiver import Receiver
from tests.system.tree import Tree, wait_for

COUNT = 100
DEADLINE_SECONDS = 90.0

pytestmark = pytest.mark.timeout(240)


def _document(number: int, run: str) -> dict[str, object]:
    return {
        "uri": f"urn:test:{run}:{number}",
        "title": f"Ferry service {number} resumes in Zanzibar",
        "body": f"Ferry number {number} left Zanzibar on Monday. Tanzania welcomed it. The crew waved.",
        "language": "en",
        "priority": ("breaking", "normal", "backfill")[number % 3],
    }


def _post_all(tree: Tree, at: dict[int, Callable[[], object]] | None = None) -> set[str]:
    """Posts the stories one by one; before the numbers in `at` something happens."""
    run = uuid.uuid4().hex[:8]
    promised = set()
    for number in range(COUNT):
        if at and number in at:
            at[number]()
        promised.add(tree.post(_document(number, run)))
    assert len(promised) == COUNT
    return promised


def _assert_all_arrive(tree: Tree, receiver: Receiver, promised: set[str]) -> None:
    wait_for(
        lambda: promised <= receiver.stories().keys(),
        DEADLINE_SECONDS,
        f"{COUNT} stories arrive; see the log:\n{tree.log()[-3000:]}",
    )
    assert receiver.faults == []
    told = receiver.stories()
    assert {story: len(told[story]) for story in promised} == dict.fromkeys(promised, 1)
    assert len(set(receiver.sequences.values())) == len(receiver.sequences), "a number was given twice"
    with tree.database.transaction() as connection:
        twice = connection.execute(
            text("""
                SELECT r.story_id FROM revisions r
                LEFT JOIN enrichments n ON n.revision_id = r.id LEFT JOIN events e ON e.revision_id = r.id
                WHERE r.story_id = ANY(CAST(:ids AS uuid[])) GROUP BY r.story_id, r.id
                HAVING count(DISTINCT n.generation) <> 1 OR count(DISTINCT e.id) <> 1
            """),
            {"ids": list(promised)},
        ).all()
        positions = connection.execute(
            text("SELECT count(*), max(position), count(DISTINCT position) FROM events WHERE position > 0")
        ).one()
    assert twice == []
    assert positions[0] == positions[1] == positions[2], "the positions of events have a gap"


@pytest.mark.parametrize("kind", ["ingest", "enrich", "enrich's child", "sweep", "publish", "dispatcher"])
def test_killing_a_process_at_random_moments_loses_nothing(tree: Tree, receiver: Receiver, kind: str) -> None:
    moments = random.sample(range(5, COUNT), 3)  # random is the point: each run tries others
    kill = tree.kill_child if kind.endswith("child") else tree.kill
    name = kind.removesuffix("'s child")
    promised = _post_all(tree, dict.fromkeys(moments, lambda: kill(name)))
    _assert_all_arrive(tree, receiver, promised)


def test_wiping_the_broker_loses_nothing(tree: Tree, receiver: Receiver) -> None:
    with tree.stopped("enrich"):  # so that there is something to wipe
        promised = _post_all(tree, {COUNT // 2: tree.redis.flush})
        tree.redis.flush()
    _assert_all_arrive(tree, receiver, promised)


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
def test_without_a_broker_stories_are_accepted_and_arrive_later(
    tree: Tree, receiver: Receiver, fault: str
) -> None:
    break_down = tree.redis.stop if fault == "stopped" else tree.redis.freeze
    mend = tree.redis.start if fault == "stopped" else tree.redis.thaw
    run = uuid.uuid4().hex[:8]
    break_down()
    ends = time.monotonic() + 10
    promised, slowest = set(), 0.0
    with tree.client(tree.ingest_url) as client:
        for number in range(COUNT):
            began = time.monotonic()
            reply = client.post("/v1/stories", json=_document(number, run))
            slowest = max(slowest, time.monotonic() - began)
            assert reply.status_code == 202, reply.text
            promised.add(reply.json()["id"])
    wait_for(lambda: time.monotonic() >= ends, 20, "ten seconds pass")
    mend()
    assert slowest < 2.0
    _assert_all_arrive(tree, receiver, promised)


def test_restarting_the_database_loses_nothing(tree: Tree, receiver: Receiver) -> None:
    midway = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(_post_all, tree, {COUNT // 2: midway.set})
        assert midway.wait(60)
        tree.postgres.restart()
        promised = posting.result()
    _assert_all_arrive(tree, receiver, promised)


def test_without_a_database_nothing_is_promised(tree: Tree, receiver: Receiver) -> None:
    tree.postgres.stop()
    try:
        with tree.client(tree.ingest_url) as client:
            reply = client.post("/v1/stories", json=_document(0, "away"))
            heartbeat = client.get("/__heartbeat__")
    finally:
        tree.postgres.start()
    assert reply.status_code == 503
    assert reply.headers["content-type"] == "application/problem+json"
    assert int(reply.headers["retry-after"]) > 0
    assert heartbeat.status_code == 503
    assert "database" in heartbeat.json()["down"]
    _assert_all_arrive(tree, receiver, _post_all(tree))


def test_a_hanging_subscriber_delays_nobody_else(tree: Tree, receiver: Receiver, hanging: Receiver) -> None:
    promised = _post_all(tree)
    posted = time.monotonic()
    _assert_all_arrive(tree, receiver, promised)
    # Its own 100 deliveries take 100 / 8 x 2 s at the least: the healthy one waited for none of them.
    assert time.monotonic() - posted < 20
    assert hanging.ids == {}


def test_a_frozen_dispatcher_cannot_overwrite_what_the_next_one_did(tree: Tree, receiver: Receiver) -> None:
    run = uuid.uuid4().hex[:8]
    promised = {tree.post(_document(number, run)) for number in range(10)}
    with tree.stopped("dispatcher"):
        promised |= {tree.post(_document(number, run)) for number in range(10, COUNT)}
        wait_for(lambda: promised <= receiver.stories().keys(), 60, "the other dispatcher sends all")
    assert receiver.faults == []
    with tree.database.transaction() as connection:
        numbers = connection.execute(
            text("SELECT count(*) = count(DISTINCT number) FROM attempts GROUP BY delivery_id")
        )
        assert set(numbers.scalars()) == {True}


def test_breaking_news_overtakes_a_backfill(tree: Tree, receiver: Receiver) -> None:
    run = uuid.uuid4().hex[:8]
    lanes = ["backfill"] * 20 + ["normal"] * 5 + ["breaking"] * 5
    with tree.stopped("enrich"):
        promised = {
            tree.post({**_document(number, run), "priority": lane}) for number, lane in enumerate(lanes)
        }
    _assert_all_arrive(tree, receiver, promised)
    with tree.database.transaction() as connection:
        order = list(
            connection.execute(
                text(
                    "SELECT lane FROM revisions WHERE story_id = ANY(CAST(:ids AS uuid[])) ORDER BY leased_at"
                ),
                {"ids": list(promised)},
            ).scalars()
        )
    # What the worker had taken before it was stopped goes first; then each lane in its turn.
    assert sorted(order[2:], key=["breaking", "normal", "backfill"].index) == order[2:]


def test_a_stopping_ingest_finishes_what_it_accepted(tree: Tree, receiver: Receiver) -> None:
    run = uuid.uuid4().hex[:8]
    promised: set[str] = set()
    cut_off: list[dict[str, object]] = []
    stop = threading.Event()

    def post() -> None:
        with tree.client(tree.ingest_url) as client:
            for number in range(100_000):
                if stop.wait(0.005):
                    return
                document = _document(number, f"{run}-{threading.get_ident()}")
                try:
                    reply = client.post("/v1/stories", json=document, headers={"Connection": "close"})
                except httpx2.ConnectError:
                    continue
                except httpx2.TransportError:
                    cut_off.append(document)
                    continue
                if reply.status_code == 202:
                    promised.add(reply.json()["id"])

    posters = [threading.Thread(target=post) for _ in range(3)]
    for poster in posters:
        poster.start()
    wait_for(lambda: len(promised) > 20, 60, "stories are accepted")
    tree.terminate("ingest")
    before = len(promised)
    wait_for(lambda: len(promised) > before + 20, 60, "the next ingest accepts stories")
    stop.set()
    for poster in posters:
        poster.join()
    with tree.client(tree.ingest_url) as client:
        # A connection that nobody had taken up yet may break; a story that was taken up is answered.
        again = [client.post("/v1/stories", json=document).status_code for document in cut_off]
    assert again == [202] * len(again)
    wait_for(lambda: promised <= receiver.stories().keys(), DEADLINE_SECONDS, "all arrive")
