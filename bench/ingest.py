"""Posts a second: ingest beside a route that parses the JSON and forgets it."""

from bench import client, stories
from bench.children import HelperProcess
from bench.figures import Figure, Row, Scale, Spread, Tell, at_least
from bench.tree import Tree, grown

LEAST_RATIO = 0.4
MOST_POSTS = 100_000  # a round


def measure(scale: Scale, tell: Tell) -> Figure:
    """Posts single stories to both in turn, on the same connections, one process each."""
    story = stories.repeated(stories.POSTED_BYTES)
    with grown(only=["ingest"]) as tree, HelperProcess("bench.bare") as bare:
        rates: dict[str, list[float]] = {"ours": [], "peer": []}
        cpu: list[float] = []
        _post(tree.stories_url, story, tree.token, 0.5)
        _post(f"{bare.url}/v1/stories", story, "", 0.5)
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}")
            used = tree.cpu_seconds()["ingest"]
            load = _post(tree.stories_url, story, tree.token, scale.seconds)
            cpu.append(1000 * (tree.cpu_seconds()["ingest"] - used) / load.count)
            rates["ours"].append(load.rate)
            rates["peer"].append(_post(f"{bare.url}/v1/stories", story, "", scale.seconds).rate)
        _check_all_there(tree)
    ours, peer = Spread.of(rates["ours"]), Spread.of(rates["peer"])
    size = len(next(stories.bodies(story)))
    return Figure(
        "Posts a second",
        f"One process of ingest takes single stories of {size:,} bytes and answers each 202 after its commit"
        " to PostgreSQL (fsync on); what arrives together shares a commit and a message. Its peer is a"
        " FastAPI route that parses the JSON body and answers. Both run on one uvicorn worker with uvloop and"
        f" httptools; {client.CONNECTIONS} connections stay open; rounds of {scale.seconds:g} s in turn.",
        (
            Row("ingest", ours, "posts/s"),
            Row("bare FastAPI route", peer, "posts/s", "peer"),
            Row("ingest ÷ bare route", ours / peer, ""),
            Row("CPU of ingest a post", Spread.of(cpu), "ms"),
        ),
        (at_least("ingest ÷ bare FastAPI route", ours / peer, LEAST_RATIO),),
        ("Client, PostgreSQL and Redis share the cores with ingest; with the bare route only the client.",),
    )


def _post(url: str, story: dict[str, object], token: str, seconds: float) -> client.Load:
    return client.post_all(url, stories.bodies(story), token=token, seconds=seconds, most=MOST_POSTS)


def _check_all_there(tree: Tree) -> None:
    """A post that was answered 2xx and is not in the database would make the figure worthless."""
    with tree.database.transaction() as connection:
        lone = connection.exec_driver_sql(
            "SELECT count(*) FROM revisions WHERE state <> 'accepted' OR enqueued_at IS NULL"
        ).scalar_one()
    if lone:
        raise AssertionError(f"{lone} stories were not accepted and enqueued")
