import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from kombu.exceptions import OperationalError
from orjson import loads
from redis import Redis as Client

from copydesk.model import Lane, new_id
from copydesk.queue import QUEUES, Message, Producer
from services.embedded.redis import Redis


def test_what_is_sent_waits_in_its_lane(broker_url: str) -> None:
    producer = Producer(broker_url)
    assert producer.depth(Lane.BREAKING) == 0
    assert producer.enqueue(Lane.BREAKING, [new_id()])
    assert producer.enqueue(Lane.BREAKING, [new_id()])
    assert producer.enqueue(Lane.BACKFILL, [new_id()])
    assert [producer.depth(lane) for lane in Lane] == [2, 0, 1]
    producer.check()
    producer.close()


def test_messages_are_sent_in_one_go_and_are_messages_of_their_own(broker_url: str) -> None:
    producer = Producer(broker_url)
    assert producer.enqueue(Lane.NORMAL, [new_id()])  # after which there is a connection
    ids = [[new_id(), new_id()], [new_id()], [new_id()]]
    lanes = [Lane.NORMAL, Lane.BREAKING, Lane.NORMAL]
    with Client.from_url(broker_url) as client:
        client.delete(QUEUES[Lane.NORMAL])
        before = client.info("stats")
        assert producer.enqueue_all([Message(*each) for each in zip(lanes, ids, strict=True)])
        after = client.info("stats")
        assert after["total_reads_processed"] - before["total_reads_processed"] == 2, "and one to ask"
        waiting = {lane: reversed(client.lrange(QUEUES[lane], 0, -1)) for lane in Lane}
    found = {lane: [_ids_of(each) for each in some] for lane, some in waiting.items()}
    assert found == {Lane.BREAKING: [ids[1]], Lane.NORMAL: [ids[0], ids[2]], Lane.BACKFILL: []}
    producer.close()


def _ids_of(message: bytes) -> list[UUID]:
    given, _, _ = loads(b64decode(loads(message)["body"]))
    return [UUID(each) for each in given]


@pytest.mark.parametrize("fault", ["stop", "freeze"])
def test_a_broker_that_is_away_costs_a_second_once_and_is_found_again(
    redis_server: Redis, fault: str
) -> None:
    producer = Producer(redis_server.url, timeout_seconds=0.5, pause_seconds=1)
    assert producer.enqueue(Lane.NORMAL, [new_id()])
    getattr(redis_server, fault)()
    began = time.monotonic()
    assert not producer.enqueue(Lane.NORMAL, [new_id()])
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert not producer.enqueue(Lane.NORMAL, [new_id()])
    assert time.monotonic() - began < 0.2, "it is left alone for a while"
    assert producer.depth(Lane.NORMAL) is None
    with pytest.raises(OperationalError):
        producer.check()
    redis_server.start() if fault == "stop" else redis_server.thaw()
    deadline = time.monotonic() + 10
    while not producer.enqueue(Lane.NORMAL, [new_id()]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert producer.depth(Lane.NORMAL) is not None
    producer.close()


def test_threads_share_a_producer(broker_url: str) -> None:
    producer = Producer(broker_url)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: producer.enqueue(Lane.NORMAL, [new_id()]), range(100)))
    assert producer.depth(Lane.NORMAL) == 100
    producer.close()


def test_counting_costs_no_connection_each_time(broker_url: str) -> None:
    producer = Producer(broker_url)
    with Client.from_url(broker_url) as client:
        assert producer.depth(Lane.NORMAL) == 0
        before = client.info("stats")["total_connections_received"]
        for lane in (*Lane, *Lane):
            assert producer.depth(lane) == 0
        assert client.info("stats")["total_connections_received"] == before
    producer.close()
