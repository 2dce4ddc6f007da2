from bench import plans, stored
from bench.figures import Figure, Scale

SCALE = Scale(rounds=2, stored=(1_000, 100_000))
LINES = [f"->  Index Scan using {name} on some" for name in plans.PARTIAL]


def _figure(large: float, lines: list[str]) -> Figure:
    shown = (plans.shown("claim", lines),)
    return stored.figure(
        SCALE, {1_000: [6.0, 6.0], 100_000: [large, large]}, {1_000: [4.0, 4.0], 100_000: [4.0, 4.0]}, shown
    )


def test_cost_that_stays_flat_is_told_so() -> None:
    flat, indexed = _figure(7.0, LINES).goals
    assert (flat.found, flat.reached) == ("1.10", True)
    assert indexed.reached


def test_cost_that_grows_is_told_so() -> None:
    flat, _ = _figure(9.0, LINES).goals
    assert (flat.found, flat.reached) == ("1.30", False)


def test_a_partial_index_that_is_not_used_is_named() -> None:
    _, indexed = _figure(6.0, LINES[1:]).goals
    assert (indexed.found, indexed.reached) == ("deliveries_due is not used", False)


def test_a_whole_scan_is_named() -> None:
    _, indexed = _figure(6.0, [*LINES, "->  Seq Scan on deliveries"]).goals
    assert (indexed.found, indexed.reached) == ("claim: deliveries", False)
