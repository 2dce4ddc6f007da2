from bench.arrivals import Arrivals, Reconciled


def test_all_that_was_owed_and_came_once_is_reconciled() -> None:
    came = Arrivals({"a": {"0": 1, "1": 1}, "b": {"0": 1, "1": 1}}, [1.0, 2.0, 3.0, 4.0])
    assert came.reconcile(["a", "b"], ["0", "1"]) == Reconciled(owed=4)


def test_what_is_missing_at_one_endpoint_is_lost() -> None:
    came = Arrivals({"a": {"0": 1}}, [1.0])
    assert came.reconcile(["a", "b"], ["0", "1"]) == Reconciled(owed=4, lost=3)


def test_what_came_again_is_not_counted_for_what_is_missing() -> None:
    came = Arrivals({"a": {"0": 3}}, [1.0, 2.0, 3.0])
    assert came.reconcile(["a"], ["0", "1"]) == Reconciled(owed=2, lost=1, again=2)


def test_what_nobody_was_owed_is_told() -> None:
    came = Arrivals({"a": {"0": 1, "7": 1}, "": {"0": 2}}, [1.0] * 4)
    assert came.reconcile(["a"], ["0"]) == Reconciled(owed=1, unknown=3)


def test_rounds_add_up() -> None:
    assert Reconciled(3, 1, 0, 2) + Reconciled(4, 0, 5, 1) == Reconciled(7, 1, 5, 3)
