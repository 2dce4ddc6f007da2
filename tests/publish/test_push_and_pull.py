"""Push and pull give the same, whatever the stories, filters and subscriptions are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.testclient import TestClient

from copydesk.model import Scope, new_id
from copydesk.settings import PublishSettings
from copydesk.store import events, keys, leases, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import pulling
from services.publish.app import create_app
from services.publish.matching import Index
from tests.publish.conftest import BROKER
from tests.store.conftest import ENRICHMENT, accept_one, lease_one

SOURCES, COUNTRIES, LANGUAGES = ("desk", "afp", "reuters"), ("EST", "KEN"), ("en", "en-GB", "fr")
ACTOR: dict[str, Any] = {"name": "x", "type": "state", "sectors": [], "mentions": []}
TYPES = ("story.published", "story.updated", "story.quarantined")


def _some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


FILTERS = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "sources": _some(SOURCES),
        "countries": _some(COUNTRIES),
        "languages": _some(LANGUAGES),
        "actors": _some(("a", "b")),
        "min_salience": st.sampled_from((0.2, 0.5)),
        "keywords": _some(("t", "b b", "c")),
        "none": st.just([{"sources": ["afp"]}]),
    },
).filter(bool)
STORY = st.fixed_dictionaries(
    {
        "do": st.just("publish"),
        "source": st.sampled_from(SOURCES),
        "uri": st.integers(0, 3),
        "language": st.sampled_from((None, *LANGUAGES)),
        "actors": st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(COUNTRIES)), max_size=2),
        "fails": st.booleans(),
    }
)
SUBSCRIPTION = st.fixed_dictionaries(
    {
        "do": st.just("subscribe"),
        "source": st.sampled_from(SOURCES),
        "filter": FILTERS,
        "event_types": _some(TYPES),
        "enabled": st.booleans(),
    }
)
PLACE = st.fixed_dictionaries({"do": st.just("place"), "limit": st.integers(1, 5)})


class World:
    """Publish on a database, and what happens there."""

    def __init__(self, database: Database, publish: TestClient) -> None:
        self._database = database
        self._publish = publish
        self._versions: dict[tuple[str, str], int] = {}
        self._run = new_id()
        self._subscribed: list[tuple[UUID, str]] = []

    def do(self, step: dict[str, Any]) -> None:
        getattr(self, step["do"])(**{name: value for name, value in step.items() if name != "do"})

    def publish(self, source: str, uri: int, language: str | None, actors: list[Any], fails: bool) -> None:
        key = (source, f"urn:{self._run}:{uri}")
        self._versions[key] = self._versions.get(key, 0) + 1
        document = {"title": "t", "body": "b", **({"language": language} if language else {})}
        found = [
            {**ACTOR, "id": name, "country": country, "salience": 0.3 * number}
            for number, (name, country) in enumerate(actors, start=1)
        ]
        with self._database.transaction() as connection:
            made = accept_one(
                connection, source=key[0], uri=key[1], version=self._versions[key], document=document
            )
            held = lease_one(connection, made.revision_id)
            assert held is not None
            if fails:
                why = {"stage": "enrich", "reason": "error", "detail": "it did"}
                assert leases.fail(connection, held, **why, duration_ms=1, retry_seconds=None, max_attempts=5)
            else:
                leases.finish(connection, [leases.Done(held, {**ENRICHMENT, "actors": found}, 1)])

    def subscribe(self, source: str, **document: Any) -> None:
        """Subscribes where everything so far has its place: what comes after is owed."""
        self.place_all()
        cursor = self._publish.get("/v1/events", params={"after": "end"}).json()["next"]
        given = {"url": "http://x.example/", **document}
        with self._database.transaction() as connection:
            made = subscriptions.create(connection, source, b"s" * 32, given)["id"]
        self._subscribed.append((made, cursor))

    def place(self, limit: int) -> int:
        with self._database.transaction() as connection:
            placed = events.fan_out(connection, Matching(Index()), limit)
            return placed.events if placed else 0

    def place_all(self) -> None:
        while self.place(100):
            pass

    def check(self) -> None:
        self.place_all()
        for subscription, cursor in self._subscribed:
            with self._database.transaction() as connection:
                pushed = connection.execute(
                    text(
                        "SELECT e.id::text FROM deliveries d JOIN events e ON e.id = d.event_id"
                        " WHERE d.subscription_id = :id ORDER BY sequence"
                    ),
                    {"id": subscription},
                ).scalars()
                assert list(pushed) == self._pulled(subscription, cursor)

    def _pulled(self, subscription: UUID, cursor: str) -> list[str]:
        found: list[str] = []
        while True:
            asked = {"subscription": str(subscription), "after": cursor, "limit": 2}
            page = self._publish.get("/v1/events", params=asked).json()
            found += [each["id"] for each in page["items"]]
            cursor = page["next"]
            if not page["more"]:
                return found


@pytest.fixture
def publish(database_url: str, database: Database) -> Iterator[TestClient]:
    with database.transaction() as connection:
        _, token = keys.create(connection, "operator", [Scope.ADMIN])
    made = create_app(PublishSettings(database_url=database_url, broker_url=BROKER))
    with TestClient(made, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.mark.no_cover
@pytest.mark.parametrize(("looked_at", "window"), [(3, 20_000), (200, 20_000), (3, 4), (200, 1)])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STORY | SUBSCRIPTION | PLACE, min_size=5, max_size=25))
def test_push_and_pull_give_the_same(
    database: Database, publish: TestClient, steps: list[dict[str, Any]], looked_at: int, window: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulling, "LOOKED_AT", looked_at)
        patch.setattr(pulling, "WINDOW", window)
        world = World(database, publish)
        for step in steps:
            world.do(step)
        world.check()
