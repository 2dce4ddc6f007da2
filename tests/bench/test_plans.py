from bench import plans
from bench.plans import shown
from copydesk.store.database import Database


def test_what_fans_out_claims_and_sweeps_is_all_explained(database: Database) -> None:
    titles = [each.plan.title for each in plans.explain(database)]
    for kind, statement in (
        ("sweep", "UPDATE revisions"),
        ("sweep", "FROM revisions"),
        ("fan-out", "FROM events"),
        ("claim", "FROM deliveries"),
    ):
        assert f"{kind}: {statement}" in titles


def test_the_indexes_that_a_plan_uses_are_found() -> None:
    lines = [
        "  ->  Index Scan using revisions_leased on revisions revisions_1  (cost=0.12..5.91 rows=1 width=30)",
        "  ->  Index Only Scan using deliveries_due on deliveries  (cost=0.12..5.89 rows=1 width=8)",
        "        ->  Bitmap Index Scan on revisions_waiting  (cost=0.00..4.13 rows=1 width=0)",
    ]
    assert shown("sweep", lines).indexes == ("deliveries_due", "revisions_leased", "revisions_waiting")


def test_a_large_table_read_from_end_to_end_is_found() -> None:
    lines = [
        "->  Seq Scan on deliveries  (cost=0.00..3.04)",
        "->  Seq Scan on attempts_20261110 a  (cost=0.00)",
    ]
    assert shown("claim", lines).scans == ("attempts_20261110", "deliveries")


def test_a_small_table_may_be_read_from_end_to_end() -> None:
    assert shown("claim", ["->  Seq Scan on subscriptions  (cost=0.00..3.04)"]).scans == ()
